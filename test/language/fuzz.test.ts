import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { CodeActionKind, type Position, type Range } from 'vscode-languageserver-types';
import { legend } from '../../src/language/semantic-tokens.ts';
import { LanguageService } from '../../src/language/service.ts';
import { twoSites, uri } from './marked.ts';

/** How many random files are tried; a few where nothing says so. */
const runs = process.env['TIDEMARK_FUZZ_RUNS'];

const texts = [twoSites, readFileSync('examples/seed-lab.dr.yaml', 'utf8')] as const;

/** What half a keystroke, a paste or a slip may leave behind. */
const typed = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ': ',
    ':',
    '\n',
    '\r\n',
    '\r',
    '- ',
    ',',
    '"',
    "'",
    '#',
    ' #',
  ),
  fc.constantFrom(
    '&a ',
    '*a',
    '|\n',
    '>-\n',
    '\t',
    '---\n',
    '%YAML\n',
    '!x ',
    '<<: ',
    '\u0000',
    '😀',
    '\ufeff',
  ),
  fc.constantFrom('sites:\n', '  vra: {', 'Prod/', 'latest', '99999999999GiB', '__proto__: ', '0x'),
  fc.string({ maxLength: 6 }),
  fc.tuple(fc.nat(2000), fc.nat(300)).map(([from, length]) => twoSites.slice(from, from + length)),
);

interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly added: string;
}

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({ at: fc.nat(20_000), removed: fc.oneof(fc.nat(3), fc.nat(60)), added: typed }),
  { minLength: 1, maxLength: 4 },
);

function edited(text: string, list: readonly Edit[]): string {
  return list.reduce((result, { at, removed, added }) => {
    const start = at % (result.length + 1);
    return result.slice(0, start) + added + result.slice(start + removed);
  }, text);
}

/** Fails for any range, at any depth, that is not in the text. */
function checkRanges(value: unknown, lines: readonly string[], what: string): void {
  if (Array.isArray(value)) {
    for (const each of value) checkRanges(each, lines, what);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if ('start' in value && 'end' in value) {
    const { start, end } = value as Range;
    for (const { line, character } of [start, end]) {
      assert.ok(line >= 0 && line < lines.length, `${what}: line ${line}`);
      assert.ok(
        character >= 0 && character <= (lines[line]?.length ?? 0),
        `${what}: ${line}:${character}`,
      );
    }
    assert.ok(
      start.line < end.line || (start.line === end.line && start.character <= end.character),
      what,
    );
  }
  for (const each of Object.values(value)) checkRanges(each, lines, what);
}

function askEverything(text: string, position: Position): void {
  const service = new LanguageService();
  service.update(uri, 1, text);
  // Lines as the document counts them, each with its break: a range may end behind one.
  const lines = text.split(/(?<=\r\n|\r(?!\n)|\n)/);
  if (/[\r\n]$/.test(text) || text === '') lines.push('');
  const last = lines.length - 1;
  const all: Range = {
    start: { line: 0, character: 0 },
    end: { line: last, character: lines[last]?.length ?? 0 },
  };
  const answers: Readonly<Record<string, unknown>> = {
    diagnostics: service.diagnostics(uri),
    codeActions: service.codeActions(uri, all, [
      CodeActionKind.QuickFix,
      CodeActionKind.SourceFixAll,
    ]),
    codeLenses: service.codeLenses(uri),
    outline: service.outline(uri),
    completion: service.completion(uri, position, { snippets: true }),
    hover: service.hover(uri, position),
    definition: service.definition(uri, position),
    references: service.references(uri, position, true),
    highlights: service.highlights(uri, position),
    prepareRename: service.prepareRename(uri, position),
    rename: service.rename(uri, position, 'another name'),
    documentSymbols: service.documentSymbols(uri),
    workspaceSymbols: service.workspaceSymbols('a'),
    selectionRanges: service.selectionRanges(uri, [position]),
    documentLinks: service.documentLinks(uri),
    formatting: service.formatting(uri),
  };
  for (const [what, answer] of Object.entries(answers)) checkRanges(answer, lines, what);
  for (const { startLine, endLine } of service.foldingRanges(uri)) {
    assert.ok(startLine >= 0 && startLine < endLine && endLine < lines.length);
  }
  for (const { position: at } of service.inlayHints(uri, all)) {
    checkRanges({ start: at, end: at }, lines, 'inlayHints');
  }
  const { data } = service.semanticTokens(uri);
  let line = 0;
  let character = 0;
  for (let index = 0; index < data.length; index += 5) {
    const [down = 0, right = 0, length = 0, type = -1] = data.slice(index, index + 5);
    line += down;
    character = down > 0 ? right : character + right;
    assert.ok(down >= 0 && right >= 0 && length > 0 && legend.tokenTypes[type] !== undefined);
    assert.ok(character + length <= (lines[line]?.length ?? 0), 'semanticTokens');
  }
  for (const { textEdit } of service.completion(uri, position, { snippets: false })) {
    assert.ok(textEdit && 'range' in textEdit);
    const { start, end } = textEdit.range;
    assert.ok(start.line === position.line && end.line === position.line);
    assert.ok(start.character <= position.character && position.character <= end.character);
  }
}

describe('the language under random edits of a valid file', () => {
  it('answers every request, with ranges inside of the text', function () {
    if (runs !== undefined) this.timeout(0);
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        edits,
        fc.nat(),
        fc.boolean(),
        (text, list, at, near) => {
          const after = edited(text, list);
          const last = list.at(-1);
          const offset = near
            ? ((last?.at ?? 0) % (after.length + 1)) + (last?.added.length ?? 0)
            : at % (after.length + 1);
          const before = after.slice(0, Math.min(offset, after.length)).split(/\r\n|\r|\n/);
          // Between the two characters of a line break there is no place in an editor.
          fc.pre(!(after[offset - 1] === '\r' && after[offset] === '\n'));
          askEverything(after, { line: before.length - 1, character: before.at(-1)?.length ?? 0 });
        },
      ),
      { numRuns: Number(runs ?? 60) },
    );
  });

  it('answers for texts that were written to be slow to read', () => {
    const long = 200_000;
    const bad = [
      'a: ' + '{'.repeat(long),
      'x' + ' '.repeat(long) + 'y',
      '- '.repeat(2000) + 'x',
      'sites:\n' + '  a\n'.repeat(20_000),
      '['.repeat(50) + 'a,'.repeat(long / 2),
      '"'.repeat(long),
      `drills:\n  d:\n    steps:\n${'      - { at: 1h }\n'.repeat(5000)}`,
      'k: ' + ':'.repeat(long),
    ];
    for (const text of bad) {
      const lines = text.split('\n');
      askEverything(text, { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 });
    }
  });
});
