/** What an editor shows over a word: what the language says of it, and what can be computed. */
import type { Hover } from 'vscode-languageserver-types';
import { ruleUrl } from '../lint/registry.ts';
import type { Path, TopologyDocument } from '../topology/document.ts';
import type { Topology } from '../topology/model.ts';
import { descriptionAt, schemaAt } from '../topology/schema/lookup.ts';
import { fieldNumberOf, writtenDefaultOf } from '../topology/schema/sourced.ts';
import { atCursor, type AtCursor } from './at-cursor.ts';
import { computedAt } from './hover/computed.ts';
import { summaryOf } from './hover/summary.ts';
import { asText } from './markdown.ts';
import { referencesOf } from './names/reference-index.ts';
import { roleAt } from './names/roles.ts';
import { toRange } from './ranges.ts';
import { calledOf, examplesOf, isRequired, shapesOf, wordsOf } from './schema-view.ts';

/** Undefined where there is nothing to say. */
export function hover(
  topology: Topology,
  document: TopologyDocument,
  offset: number,
): Hover | undefined {
  const cursor = atCursor(document, offset, referencesOf(topology.documents));
  if (cursor.on === 'around') return undefined;
  const paragraphs = [
    ...about(document, cursor),
    ...(cursor.name?.target ? summaryOf(topology, cursor.name) : []),
    ...computedAt(topology, document, cursor.path, cursor.on),
  ];
  if (paragraphs.length === 0) return undefined;
  const range = cursor.name?.aliased === false ? cursor.name.range : cursor.range;
  return {
    contents: { kind: 'markdown', value: paragraphs.join('\n\n') },
    range: toRange(document, range),
  };
}

/** What the language says of the field. */
function about(document: TopologyDocument, { path, on }: AtCursor): string[] {
  const key = path.at(-1);
  const description = descriptionAt(path);
  if (description === undefined || (on === 'value' && isBlock(document, path))) return [];
  const isName = roleAt(path)?.on === 'key';
  const title = typeof key === 'string' ? `**${asText(key)}**: ` : '';
  const paragraphs = [`${title}${description}`];
  const accepted = isName ? undefined : takes(path);
  if (accepted !== undefined) paragraphs.push(accepted);
  const number = isName ? undefined : numberOf(path);
  if (number !== undefined) paragraphs.push(number);
  return paragraphs;
}

function isBlock(document: TopologyDocument, path: Path): boolean {
  const { start, end } = document.valueRange(path);
  return document.text.slice(start, end).includes('\n');
}

function takes(path: Path): string | undefined {
  const schema = schemaAt(path);
  const called = schema && calledOf(schema);
  if (!schema || called === undefined) return undefined;
  if (shapesOf(schema).every(({ kind }) => kind !== 'leaf')) {
    return isRequired(schema) ? 'Required.' : undefined;
  }
  const words = wordsOf(schema);
  const examples = examplesOf(schema).filter((example) => !words.includes(example));
  return [
    `${isRequired(schema) ? 'Required. ' : ''}Takes ${called}.`,
    ...(examples.length > 0
      ? [`For example ${examples.map((example) => `\`${example}\``).join(', ')}.`]
      : []),
  ].join(' ');
}

/** Range and default of a field, and whose numbers they are. */
function numberOf(path: Path): string | undefined {
  const schema = schemaAt(path);
  const number = schema && fieldNumberOf(schema);
  if (!schema || !number) return undefined;
  const { least, most, source, rule } = number;
  const range =
    least !== undefined && most !== undefined
      ? `\`${least}\` to \`${most}\``
      : least !== undefined
        ? `at least \`${least}\``
        : most !== undefined
          ? `at most \`${most}\``
          : undefined;
  const standard = writtenDefaultOf(schema);
  return [
    ...(range === undefined ? [] : [`Range: ${range}.`]),
    ...(standard === undefined ? [] : [`Default: \`${standard}\`.`]),
    `Source: ${source}${rule === undefined ? '' : ` ([${rule}](${ruleUrl(rule)}))`}.`,
  ].join(' ');
}
