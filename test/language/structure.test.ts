import assert from 'node:assert/strict';
import type { DocumentSymbol, SelectionRange } from 'vscode-languageserver-types';
import { ruleUrl } from '../../src/lint/registry.ts';
import { documentLinks } from '../../src/language/document-links.ts';
import { foldingRanges, selectionRange } from '../../src/language/folding.ts';
import { inlayHints } from '../../src/language/inlay-hints.ts';
import { legend, semanticTokens } from '../../src/language/semantic-tokens.ts';
import { inlayHintsFrom } from '../../src/language/settings.ts';
import { documentSymbols, workspaceSymbols } from '../../src/language/symbols.ts';
import { documentOf, loadedOf, textIn, twoSites } from './marked.ts';

const everything = { start: { line: 0, character: 0 }, end: { line: 9999, character: 0 } };

describe('document symbols', () => {
  it('are the sections and names of the file, as a tree', () => {
    const outline = (symbols: readonly DocumentSymbol[], depth: number): unknown[] =>
      symbols.flatMap(({ name, children }) =>
        depth === 0 ? [name] : [name, outline(children ?? [], depth - 1)],
      );
    assert.deepEqual(outline(documentSymbols(documentOf(twoSites)), 1), [
      'sites',
      ['Prod', 'Recovery'],
      'links',
      ['mpls'],
      'pairings',
      [],
      'vpgs',
      ['files'],
      'drills',
      ['outage'],
    ]);
  });

  it('hold their children, and their own name', () => {
    const document = documentOf(twoSites);
    const check = (symbol: DocumentSymbol): void => {
      assert.equal(textIn(document, symbol.selectionRange), symbol.name);
      for (const child of symbol.children ?? []) {
        assert.ok(document.offsetAt(child.range.start) >= document.offsetAt(symbol.range.start));
        assert.ok(document.offsetAt(child.range.end) <= document.offsetAt(symbol.range.end));
        check(child);
      }
    };
    documentSymbols(document).forEach(check);
  });
});

describe('workspace symbols', () => {
  it('are found by letters of their names, in all files', () => {
    const found = workspaceSymbols([documentOf(twoSites), documentOf(twoSites)], 'exr');
    assert.deepEqual(
      found.map(({ name, containerName }) => `${containerName ?? ''}/${name}`),
      ['Recovery/esx-r', 'Recovery/esx-r'],
    );
    assert.equal(workspaceSymbols([documentOf(twoSites)], '').length, 22);
    assert.deepEqual(workspaceSymbols([documentOf(twoSites)], 'zzz'), []);
  });
});

describe('folding', () => {
  it('folds sections, list items and comments of several lines', () => {
    const text =
      '# one\n# two\nversion: 1\nsites:\n  A:\n    networks:\n      n: { cidr: 1.0.0.0/8 }\n\nlinks: {}\n';
    assert.deepEqual(foldingRanges(documentOf(text)), [
      { startLine: 0, endLine: 1, kind: 'comment' },
      { startLine: 3, endLine: 6 },
      { startLine: 4, endLine: 6 },
      { startLine: 5, endLine: 6 },
    ]);
  });

  it('grows a selection from the value over its entry to the file', () => {
    const document = documentOf('links:\n  mpls:\n    latency: 12ms\n');
    const texts: string[] = [];
    let range: SelectionRange | undefined = selectionRange(document, 31);
    for (; range; range = range.parent) texts.push(textIn(document, range.range));
    assert.deepEqual(texts, [
      '12ms',
      'latency: 12ms',
      'mpls:\n    latency: 12ms',
      'links:\n  mpls:\n    latency: 12ms',
      'links:\n  mpls:\n    latency: 12ms\n',
    ]);
  });
});

describe('inlay hints', () => {
  it('show journal need, usable buffer and effective bandwidth behind what is written', () => {
    const { topology, document } = loadedOf(
      twoSites.replace(
        'bandwidth: 100Mbit/s',
        'bandwidth: 100Mbit/s\n    throttle: [{ from: "08:00", to: "18:00", rate: 40Mbit/s }]',
      ),
    );
    const shown = inlayHints(topology, topology.document, everything).map(({ position, label }) => {
      const line = document.text.split('\n')[position.line] ?? '';
      return `${line.slice(0, position.character).trimStart()} | ${JSON.stringify(label)}`;
    });
    assert.deepEqual(shown.sort(), [
      'bandwidth: 100Mbit/s | "carries 10MB/s of writes"',
      'journal: { history: 4h | "takes 30.94GiB"',
      'vra: { memory: 3GiB | "buffers 2258.1MiB"',
      'vra: { memory: 3GiB | "buffers 2258.1MiB"',
    ]);
  });

  it('stand only in the part that is asked for, and behind no default', () => {
    const { topology } = loadedOf(twoSites.replace('history: 4h, ', ''));
    assert.equal(inlayHints(topology, topology.document, everything).length, 3);
    const top = { start: { line: 0, character: 0 }, end: { line: 5, character: 0 } };
    assert.deepEqual(inlayHints(topology, topology.document, top), []);
  });

  it('are on unless they are switched off', () => {
    assert.equal(inlayHintsFrom(null), true);
    assert.equal(inlayHintsFrom({ inlayHints: { enabled: 'no' } }), true);
    assert.equal(inlayHintsFrom({ inlayHints: { enabled: false } }), false);
  });
});

describe('document links', () => {
  it('lead from scripts and images to the files beside the topology', () => {
    const { topology, document } = loadedOf(twoSites);
    assert.deepEqual(
      documentLinks(topology, topology.document).map(({ range, target }) => [
        textIn(document, range),
        target,
      ]),
      [
        ['lab/data.img', 'file:///lab/lab/data.img'],
        ['./scripts/quiesce.sh', 'file:///lab/scripts/quiesce.sh'],
      ],
    );
  });

  for (const path of [
    '../x.img',
    '/etc/passwd',
    'a/../../x',
    'C:/x.img',
    'http://x/y',
    '~/x',
    'a\\b',
  ]) {
    it(`do not leave the folder of the file: ${path}`, () => {
      const { topology, problems } = loadedOf(twoSites.replace('lab/data.img', `'${path}'`));
      assert.deepEqual(problems, []);
      assert.equal(documentLinks(topology, topology.document).length, 1);
    });
  }

  it('lead from a rule that the file accepts to its page, and from no rule that there is not', () => {
    const accepting = '# tidemark-disable-file vra/dhcp, vra/none -- see network/nat\n';
    const { topology, document } = loadedOf(accepting + twoSites);
    assert.deepEqual(
      documentLinks(topology, topology.document)
        .map(({ range, target }) => [textIn(document, range), target])
        .filter(([, target]) => target?.startsWith('https:')),
      [['vra/dhcp', ruleUrl('vra/dhcp')]],
    );
  });

  it('take a command with arguments, or without a folder, for no path', () => {
    for (const command of ['./a.sh --now', 'systemctl']) {
      const { topology } = loadedOf(twoSites.replace('./scripts/quiesce.sh', command));
      assert.equal(documentLinks(topology, topology.document).length, 1);
    }
  });
});

describe('semantic tokens', () => {
  it('tell sites, VPGs, references and quantities apart', () => {
    const document = documentOf(
      'sites:\n  A: {}\nvpgs:\n  v:\n    from: A\n    rpo: 5m\n    journal: { datastore: ds }\n',
    );
    const { data } = semanticTokens(document);
    const tokens: string[] = [];
    let line = 0;
    let character = 0;
    for (let at = 0; at < data.length; at += 5) {
      const [down = 0, right = 0, length = 0, type = 0, modifiers] = data.slice(at, at + 5);
      character = down > 0 ? right : character + right;
      line += down;
      const start = document.offsetAt({ line, character });
      const word = document.text.slice(start, start + length);
      tokens.push(`${word} ${legend.tokenTypes[type] ?? ''}${modifiers === 1 ? ' declared' : ''}`);
    }
    assert.deepEqual(tokens, [
      'A namespace declared',
      'v class declared',
      'A namespace',
      '5m number',
      'ds variable',
    ]);
  });
});
