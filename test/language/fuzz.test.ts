import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { CodeActionKind, type Position, type Range } from 'vscode-languageserver-types';
import { legend } from '../../src/language/semantic-tokens.ts';
import { LanguageService } from '../../src/language/service.ts';
import { twoSites, uri } from './marked.ts';

/** How many edits are tried; a few where nothing says so. */
const wanted = process.env['TIDEMARK_FUZZ_EDITS'];
const mostEditsInARow = 4;

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

const editsInARow: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({ at: fc.nat(20_000), removed: fc.oneof(fc.nat(3), fc.nat(60)), added: typed }),
  { minLength: 1, maxLength: mostEditsInARow },
);

function edited(text: string, { at, removed, added }: Edit): string {
  const start = at % (text.length + 1);
  return text.slice(0, start) + added + text.slice(start + removed);
}

/** A place near the edit or anywhere; undefined inside of a line break, where no editor stands. */
function placeIn(text: string, edit: Edit, at: number, near: boolean): Position | undefined {
  const wished = near ? (edit.at % (text.length + 1)) + edit.added.length : at % (text.length + 1);
  const offset = Math.min(wished, text.length);
  if (text[offset - 1] === '\r' && text[offset] === '\n') return undefined;
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** Checks what is completed in `text`; `newest` where the service has not read it yet. */
function askCompletion(
  service: LanguageService,
  position: Position,
  newest?: { readonly version: number; readonly text: string },
): void {
  for (const { textEdit } of service.completion(uri, position, { snippets: true }, newest)) {
    assert.ok(textEdit && 'range' in textEdit);
    const { start, end } = textEdit.range;
    assert.ok(start.line === position.line && end.line === position.line);
    assert.ok(start.character <= position.character && position.character <= end.character);
  }
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

function askEverything(service: LanguageService, text: string, position: Position): void {
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
    renameToTaken: service.rename(uri, position, 'FS01'),
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
  askCompletion(service, position);
  for (const kind of ['routes', 'ports', 'plan'] as const) service.report(uri, kind);
}

describe('the language under random edits of a valid file', () => {
  it('answers every request after every edit, with ranges inside of the text', function () {
    const edits = Number(wanted ?? 150);
    if (wanted !== undefined) this.timeout(0);
    let done = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        editsInARow,
        fc.nat(),
        fc.boolean(),
        (original, list, at, near) => {
          const service = new LanguageService();
          service.update(uri, 0, original);
          let text = original;
          for (const [index, edit] of list.entries()) {
            text = edited(text, edit);
            const position = placeIn(text, edit, at, near);
            const version = index + 1;
            if (position) askCompletion(service, position, { version, text });
            service.update(uri, version, text);
            askEverything(service, text, position ?? { line: 0, character: 0 });
            done += 1;
          }
        },
      ),
      // A run makes 1 to 4 edits, and rather more than two on average.
      { numRuns: Math.ceil(edits / 2) },
    );
    if (wanted !== undefined) console.log(`      ${done} edits`);
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
      const service = new LanguageService();
      service.update(uri, 1, text);
      askEverything(service, text, {
        line: lines.length - 1,
        character: lines.at(-1)?.length ?? 0,
      });
    }
  });
});
