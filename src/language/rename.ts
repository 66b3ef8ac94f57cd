/** Renaming: every place that says a name, or a refusal that says why not. */
import type { Range, WorkspaceEdit } from 'vscode-languageserver-types';
import type { TopologyDocument } from '../topology/document.ts';
import { renderScalar, type TextEdit } from '../topology/edit.ts';
import { longestName, namePattern } from '../topology/schema/section.ts';
import { atCursor } from './at-cursor.ts';
import { referencesOf, type Occurrence, type ReferenceIndex } from './names/reference-index.ts';
import { isOfSite, mapOfKind, otherThanTag } from './names/roles.ts';
import { toRange } from './ranges.ts';

/** Why a name cannot be renamed, as a sentence for the person who asked. */
export interface Refusal {
  readonly refused: string;
}

export interface Renameable {
  readonly range: Range;
  readonly placeholder: string;
}

/** Whether what is under the cursor can be renamed at all. */
export function prepareRename(document: TopologyDocument, offset: number): Renameable | Refusal {
  const found = renameable(document, offset);
  if ('refused' in found) return found;
  return { range: toRange(document, found.range), placeholder: found.name };
}

/** The edits that give what is under the cursor another name. */
export function rename(
  document: TopologyDocument,
  offset: number,
  newName: string,
): WorkspaceEdit | Refusal {
  const found = renameable(document, offset);
  if ('refused' in found) return found;
  const index = referencesOf(document);
  const places = found.target ? index.of(found.target) : [];
  if (newName === found.name) return { changes: {} };
  const objection =
    objectionToName(found, newName) ??
    objectionToCollision(index, found, places, newName) ??
    objectionToAliases(document, index, found, places);
  if (objection !== undefined) return { refused: objection };
  const edits = places.map((place) => renamed(document, place, newName));
  return {
    changes: {
      [document.uri]: edits.map(({ range, newText }) => ({
        range: toRange(document, range),
        newText,
      })),
    },
  };
}

function renameable(document: TopologyDocument, offset: number): Occurrence | Refusal {
  const { name } = atCursor(document, offset);
  if (!name) return { refused: 'There is no name here; put the cursor on one.' };
  if (name.kind === 'component') {
    return { refused: `"${name.name}" is a word of the language, not a name that the file gives.` };
  }
  const [problem] = document.problems;
  if (problem) {
    const line = document.positionAt(problem.range.start).line + 1;
    return {
      refused: `Line ${line} is not read, so a use of ${name.name} there would be missed. Mend it first.`,
    };
  }
  if (document.has(['include'])) {
    return {
      refused: `The files that this one includes are not read yet, so their uses of ${name.name} would be missed.`,
    };
  }
  const declared =
    name.target &&
    referencesOf(document)
      .of(name.target)
      .some(({ use }) => use === 'declaration');
  if (declared !== true) {
    return { refused: `Nothing in this file declares the ${name.kind} ${name.name}.` };
  }
  return name;
}

function objectionToName({ kind }: Occurrence, newName: string): string | undefined {
  const text = kind === 'marker' || kind === 'tag';
  if (newName === '') return 'A name is not empty.';
  if (kind === 'tag' && otherThanTag.test(newName)) {
    return `As a checkpoint, "${newName}" means something else than a tag.`;
  }
  if (kind === 'host' && newName === 'zvm') {
    return 'A host cannot be called zvm: Site/zvm is the ZVM of the site.';
  }
  if (text || namePattern.test(newName)) return undefined;
  if (newName.includes('/')) return 'A name has no slash: slashes separate names, as in Site/host.';
  if (newName.length > longestName) return `A name has at most ${longestName} characters.`;
  return 'A name has no spaces at its ends and no control characters.';
}

function objectionToCollision(
  index: ReferenceIndex,
  found: Occurrence,
  places: readonly Occurrence[],
  newName: string,
): string | undefined {
  const { kind, name, target = [] } = found;
  const taken = [...target.slice(0, -1), newName];
  const declared = index.of(taken).some(({ use }) => use === 'declaration');
  if (declared || index.names.has(taken)) {
    return `There is a ${kind} ${newName} already${whereOf(target)}.`;
  }
  const key = places.find(
    ({ on, path }) => on === 'key' && index.names.has([...path.slice(0, -1), newName]),
  );
  if (key) {
    return `${newName} stands already in ${key.path.slice(0, -1).join('.')}, beside ${name}.`;
  }
  if (!isOfSite(kind)) return undefined;
  // A drill may name a VM, host or datastore without its site, as long as only one site has it.
  const [other] = index.names.sitesWith(mapOfKind[kind], newName);
  if (other === undefined) return undefined;
  const alone = [...places, ...index.of(['sites', other, mapOfKind[kind], newName])].find(
    ({ path, text }) => path[0] === 'drills' && !text.includes('/'),
  );
  if (!alone) return undefined;
  return `${other} has a ${kind} ${newName}, too: ${alone.path.join('.')}, which names no site, could mean either.`;
}

function whereOf(target: readonly (string | number)[]): string {
  return target.length > 2 ? ` in ${target.slice(0, -1).join('.')}` : '';
}

function objectionToAliases(
  document: TopologyDocument,
  index: ReferenceIndex,
  { name }: Occurrence,
  places: readonly Occurrence[],
): string | undefined {
  const place = places.find(
    ({ aliased, scalar }) =>
      aliased || index.shared.some(({ start, end }) => start <= scalar.start && scalar.end <= end),
  );
  if (!place) return undefined;
  const line = document.positionAt(place.range.start).line + 1;
  return `A YAML alias repeats the ${name} of line ${line}, and the other place may mean another one. Write it out first.`;
}

/** Only the name itself changes where it can stay as it is written; otherwise the whole scalar. */
function renamed(document: TopologyDocument, place: Occurrence, newName: string): TextEdit {
  const { scalar, text, start, name, range } = place;
  const after = text.slice(0, start) + newName + text.slice(start + name.length);
  const written = document.text.slice(scalar.start, scalar.end);
  const exact = document.text.slice(range.start, range.end) === name;
  const plain = written === text && renderScalar(after) === after;
  const quoted = written === `"${text}"` && JSON.stringify(after) === `"${after}"`;
  return exact && (plain || quoted)
    ? { range, newText: newName }
    : { range: scalar, newText: renderScalar(after) };
}
