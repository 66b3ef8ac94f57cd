/**
 * Takes out of the findings what the file accepts, and judges the comments that accept: one that
 * suppresses nothing hides the next real finding on its line.
 */
import type { TextRange, TopologyDocument } from '../topology/document.ts';
import { nearest } from '../topology/near-miss.ts';
import { directives, directivesOf } from './disable.ts';
import type { DirectiveName, Directives, Suppression } from './disable.ts';
import type { Finding, Fix, Severity } from './rule.ts';

export const unusedSuppression = 'suppression/unused';
export const unknownRule = 'suppression/unknown-rule';
export const unknownDirective = 'suppression/unknown-directive';
const area = 'suppression/';

/** What is known about the run that the findings come from. */
export interface SuppressionContext {
  /** Every rule there is. */
  readonly names: ReadonlySet<string>;
  /** The severity that findings about suppressions have; `off` where they are not wanted. */
  severityOf(name: string): Severity | 'off';
  /** Whether a rule was checked on all of the file: nothing unread, not switched off, not failed. */
  wasChecked(name: string): boolean;
  /** Whether that is true of every rule. */
  readonly allChecked: boolean;
}

/**
 * The findings that remain, and new ones about comments that suppress nothing. A comment speaks of the
 * file that it stands in.
 */
export function suppress(
  findings: readonly Finding[],
  documents: readonly TopologyDocument[],
  context: SuppressionContext,
): readonly Finding[] {
  let kept = findings;
  for (const each of documents) {
    const read = directivesOf(each);
    if (read.suppressions.length + read.unknown.length > 0) {
      kept = suppressIn(each, kept, read, context);
    }
  }
  return kept;
}

function suppressIn(
  document: TopologyDocument,
  findings: readonly Finding[],
  { suppressions, unknown }: Directives,
  context: SuppressionContext,
): readonly Finding[] {
  const use = createUse(document, suppressions);
  const kept = findings.filter((finding) => finding.document !== document || !use.hides(finding));

  const judgements = [
    ...unknown.map((each) => unknownDirectiveAt(document, each.word, each.range, context)),
    ...suppressions.flatMap((each) => judge(document, each, use, context, false)),
  ];
  // Judgements are findings too. Only a comment that names them hides them: one that stands for all
  // rules would hide that it is not needed.
  const said = judgements.filter((finding) => !use.hides(finding));
  const late = suppressions.flatMap((each) => judge(document, each, use, context, true));
  return [...kept, ...[...said, ...late].filter(({ rule }) => context.severityOf(rule) !== 'off')];
}

interface Use {
  /** Whether a comment hides the finding; every comment that does is marked as used. */
  hides(finding: Finding): boolean;
  isUsed(suppression: Suppression, name: string | undefined): boolean;
}

function createUse(document: TopologyDocument, suppressions: readonly Suppression[]): Use {
  const used = new Map<Suppression, Set<string | undefined>>();
  const byLine = new Map<number | undefined, Suppression[]>();
  for (const each of suppressions) {
    const others = byLine.get(each.line);
    if (others) others.push(each);
    else byLine.set(each.line, [each]);
  }
  return {
    hides({ rule, range }) {
      const { line } = document.positionAt(range.start);
      let hidden = false;
      for (const each of [...(byLine.get(line) ?? []), ...(byLine.get(undefined) ?? [])]) {
        const named = each.names.some(({ name }) => name === rule);
        if (!named && (each.names.length > 0 || rule.startsWith(area))) continue;
        hidden = true;
        let names = used.get(each);
        if (!names) used.set(each, (names = new Set<string | undefined>()));
        names.add(named ? rule : undefined);
      }
      return hidden;
    },
    isUsed: (suppression, name) => used.get(suppression)?.has(name) ?? false,
  };
}

/** What is wrong with a directive. Names of this area are judged `late`, when all else is said. */
function judge(
  document: TopologyDocument,
  suppression: Suppression,
  use: Use,
  context: SuppressionContext,
  late: boolean,
): readonly Finding[] {
  const { names, range, directive } = suppression;
  if (names.length === 0) {
    if (late || use.isUsed(suppression, undefined) || !context.allChecked) return [];
    const message = `Nothing ${whereOf(directive)} is there to be suppressed.`;
    return [
      findingAt(document, unusedSuppression, range, message, context, [
        removal(document, suppression),
      ]),
    ];
  }
  const own = names.filter(({ name }) => name.startsWith(area) === late);
  const unused = own.filter(
    ({ name }) =>
      context.names.has(name) && !use.isUsed(suppression, name) && context.wasChecked(name),
  );
  const strange = own.filter(({ name }) => !context.names.has(name));
  const whole = unused.length === names.length;
  const fix = (name: DirectiveName): Fix =>
    whole ? removal(document, suppression) : nameRemoval(document, names, name);
  return [
    ...strange.map((name) => unknownRuleAt(document, suppression, name, context)),
    ...(whole ? unused.slice(0, 1) : unused).map((name) =>
      findingAt(
        document,
        unusedSuppression,
        whole ? range : name.range,
        `${listed(whole ? unused : [name])} finds nothing ${whereOf(directive)}, so there is nothing to suppress.`,
        context,
        [fix(name)],
      ),
    ),
  ];
}

function listed(names: readonly DirectiveName[]): string {
  return names.map(({ name }) => name).join(' or ');
}

function whereOf(directive: Suppression['directive']): string {
  switch (directive) {
    case 'tidemark-disable-next-line':
      return 'on the line below';
    case 'tidemark-disable-line':
      return 'on this line';
    case 'tidemark-disable-file':
      return 'in this file';
  }
}

function unknownRuleAt(
  document: TopologyDocument,
  suppression: Suppression,
  { name, range }: DirectiveName,
  context: SuppressionContext,
): Finding {
  const near = nearest(name, context.names);
  const message =
    `There is no rule ${name}, so this suppresses nothing.` +
    (near === undefined
      ? ' Rules are named area/what-is-wrong; a reason stands behind --.'
      : ` Is ${near} meant?`);
  const fixes: Fix[] =
    near === undefined
      ? []
      : [{ title: `Change to ${near}`, edits: [{ document, range, newText: near }], safe: false }];
  const title = `Remove ${name}`;
  const remove =
    suppression.names.length > 1
      ? nameRemoval(document, suppression.names, { name, range })
      : removal(document, suppression);
  return findingAt(document, unknownRule, range, message, context, [
    ...fixes,
    { ...remove, title, safe: false },
  ]);
}

function unknownDirectiveAt(
  document: TopologyDocument,
  word: string,
  range: TextRange,
  context: SuppressionContext,
): Finding {
  const near = nearest(word, directives);
  const message =
    `${word} is not known, so this comment does nothing.` +
    (near === undefined ? ` There are ${directives.join(', ')}.` : ` Is ${near} meant?`);
  const fixes =
    near === undefined
      ? []
      : [{ title: `Change to ${near}`, edits: [{ document, range, newText: near }], safe: false }];
  return findingAt(document, unknownDirective, range, message, context, fixes);
}

function findingAt(
  document: TopologyDocument,
  rule: string,
  range: TextRange,
  message: string,
  context: SuppressionContext,
  fixes: readonly Fix[],
): Finding {
  const severity = context.severityOf(rule);
  return {
    rule,
    // What is switched off is made all the same, so that comments that name it count as used.
    severity: severity === 'off' ? 'hint' : severity,
    message,
    document,
    range,
    fixes,
    related: [],
  };
}

/** The comment with its line, or with the spaces before it where something else stands there. */
function removal(document: TopologyDocument, { range }: Suppression): Fix {
  const { text } = document;
  const { line, character } = document.positionAt(range.start);
  const lineStart = range.start - character;
  const before = text.slice(lineStart, range.start);
  const alone = before.trim() === '';
  const start = alone ? lineStart : lineStart + before.trimEnd().length;
  const end = alone ? (document.lineStarts[line + 1] ?? text.length) : range.end;
  return {
    title: 'Remove the comment',
    edits: [{ document, range: { start, end }, newText: '' }],
    safe: true,
  };
}

/** A name among several, with what separates it from its neighbour. */
function nameRemoval(
  document: TopologyDocument,
  names: readonly DirectiveName[],
  { name, range }: DirectiveName,
): Fix {
  const index = names.findIndex((each) => each.range.start === range.start);
  const previous = names[index - 1];
  const next = names[index + 1];
  const start = previous ? previous.range.end : range.start;
  const end = previous ? range.end : (next?.range.start ?? range.end);
  return {
    title: `Remove ${name}`,
    edits: [{ document, range: { start, end }, newText: '' }],
    safe: true,
  };
}
