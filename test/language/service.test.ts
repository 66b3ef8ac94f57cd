import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { CodeActionKind, type Range } from 'vscode-languageserver-types';
import { mostLines } from '../../src/language/completion/typing-place.ts';
import { mostDiagnostics } from '../../src/language/diagnostics.ts';
import { LanguageService } from '../../src/language/service.ts';
import type { OutlineNode } from '../../src/language/protocol.ts';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { longestText } from '../../src/topology/source/decode.ts';

const uri = 'file:///lab.dr.yaml';
const seedLab = readFileSync('examples/seed-lab.dr.yaml', 'utf8');
const brokenLab = readFileSync('examples/broken-lab.dr.yaml', 'utf8');

function serviceFor(text: string): LanguageService {
  const service = new LanguageService();
  service.update(uri, 1, text);
  return service;
}

function everything(text: string): Range {
  const lines = text.split('\n');
  return { start: { line: 0, character: 0 }, end: { line: lines.length, character: 0 } };
}

describe('the language service', () => {
  it('gives each finding its rule, and a link to the rule’s page', () => {
    for (const diagnostic of serviceFor(brokenLab).diagnostics(uri)) {
      assert.equal(diagnostic.source, 'tidemark');
      assert.ok(diagnostic.codeDescription?.href.endsWith(`${String(diagnostic.code)}.md`));
    }
  });

  it('offers the fixes of what is under the cursor, and no others', () => {
    const service = serviceFor(brokenLab);
    const all = service.codeActions(uri, everything(brokenLab), [CodeActionKind.QuickFix]);
    assert.ok(all.length > 0);
    for (const action of all) {
      const [diagnostic] = action.diagnostics ?? [];
      assert.ok(diagnostic);
      const here = service.codeActions(uri, diagnostic.range, [CodeActionKind.QuickFix]);
      assert.ok(here.some(({ title }) => title === action.title));
      assert.ok(here.length <= all.length);
    }
    assert.deepEqual(
      service.codeActions(
        uri,
        { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
        undefined,
      ),
      [],
    );
  });

  it('fixes all that is safe in one go, without edits that overlap', () => {
    const [action] = serviceFor(brokenLab).codeActions(uri, everything(brokenLab), [
      CodeActionKind.SourceFixAll,
    ]);
    const edits = action?.edit?.changes?.[uri] ?? [];
    assert.ok(edits.length > 0);
    const starts = edits.map(({ range }) => range.start.line * 10_000 + range.start.character);
    const ends = edits.map(({ range }) => range.end.line * 10_000 + range.end.character);
    const order = starts.map((_, index) => index).sort((a, b) => starts[a]! - starts[b]!);
    for (let i = 1; i < order.length; i++) assert.ok(ends[order[i - 1]!]! <= starts[order[i]!]!);
  });

  it('puts a lens to run it over every drill', () => {
    const lenses = serviceFor(seedLab).codeLenses(uri);
    const runs = lenses.filter(({ command }) => command?.title === 'Run Drill');
    const drills = serviceFor(seedLab).outline(uri)?.drills ?? [];
    assert.deepEqual(
      runs.map(({ range }) => range),
      drills.map(({ range }) => range),
    );
    assert.deepEqual(runs[0]?.command?.arguments, [uri, drills[0]?.name]);
  });

  it('obeys the severities that the user has set', () => {
    const service = new LanguageService();
    service.update(uri, 1, brokenLab, { severities: { 'vra/dhcp': 'off' } });
    assert.equal(
      service.diagnostics(uri).some(({ code }) => code === 'vra/dhcp'),
      false,
    );
  });

  it('gives an editor the worst of too many findings, and says how many more there are', () => {
    const vpgs = Array.from({ length: 2000 }, (_, index) => `  v${index}: { from: A, to: B }\n`);
    const text = `version: 1\nname: x\nvpgs:\n${vpgs.join('')}`;
    const all = lint(loadTopology(text, uri));
    assert.ok(all.length > 2000);
    const diagnostics = serviceFor(text).diagnostics(uri);
    assert.equal(diagnostics.length, mostDiagnostics);
    assert.ok(diagnostics.slice(0, -1).every(({ severity }) => severity === 1));
    const left = all.length - mostDiagnostics + 1;
    const last = diagnostics.at(-1)?.message;
    assert.ok(typeof last === 'string' && last.startsWith(`${left} more findings`));
  });

  it('completes nothing in a text that is too large or too deep to be read', () => {
    const complete = (read: string, typed: string, line: number, character: number) => {
      const service = serviceFor(read);
      const newest = { version: 2, text: typed };
      return service.completion(uri, { line, character }, { snippets: true }, newest);
    };
    const deep = `sites: ${'['.repeat(100_000)}`;
    assert.deepEqual(complete(deep, deep, 0, deep.length), []);
    assert.deepEqual(complete('version: 1\n', deep, 0, deep.length), []);
    const many = `${'\n'.repeat(mostLines)}v`;
    assert.deepEqual(complete('version: 1\n', many, mostLines, 1), []);
    const long = `#${' '.repeat(longestText)}\nv`;
    assert.deepEqual(complete('version: 1\n', long, 1, 1), []);
    assert.ok(complete('version: 1\n', 'version: 1\nv', 1, 1).length > 0);
  });

  it('outlines names as plain text, whatever Markdown they contain', () => {
    const text = seedLab.replaceAll('FS01', '"![x](https:x)"');
    const tooltips: string[] = [];
    const visit = (node: OutlineNode): void => {
      tooltips.push(node.tooltip);
      node.children.forEach(visit);
    };
    serviceFor(text).outline(uri)?.nodes.forEach(visit);
    for (const tooltip of tooltips) assert.equal(tooltip.includes('**'), false);
  });

  it('outlines every entry under an id of its own', () => {
    const seen = new Set<string>();
    const visit = (node: OutlineNode): void => {
      assert.ok(!seen.has(node.id), node.id);
      seen.add(node.id);
      node.children.forEach(visit);
    };
    serviceFor(seedLab).outline(uri)?.nodes.forEach(visit);
    for (const id of ['vpgs/file-server', 'sites/DR_Site/hosts/esx-d1/vra', 'links/mpls']) {
      assert.ok(seen.has(id), id);
    }
  });

  it('never throws and never points outside the text, whatever a person types', () => {
    fc.assert(
      fc.property(
        fc.nat(seedLab.length),
        fc.nat(40),
        fc.oneof(
          fc.string({ maxLength: 8 }),
          fc.constantFrom('{', '[', ': ', '\n', '- ', '&a', '*a', '"'),
        ),
        (at, removed, added) => {
          const text = seedLab.slice(0, at) + added + seedLab.slice(at + removed);
          const service = serviceFor(text);
          const lines = text.split(/\r\n|\n|\r/);
          for (const { range } of service.diagnostics(uri)) {
            for (const { line, character } of [range.start, range.end]) {
              assert.ok(line < lines.length);
              assert.ok(character <= (lines[line]?.length ?? 0) + 1);
            }
          }
          service.outline(uri);
          service.codeLenses(uri);
          service.codeActions(uri, everything(text), undefined);
        },
      ),
      { numRuns: 60 },
    );
  });
});
