import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { IncludedOnDisk } from '../../src/language/included-on-disk.ts';
import { LanguageService } from '../../src/language/service.ts';
import { pathToFileURL } from 'node:url';

const folder = pathToFileURL('examples/split-lab/').href;
const root = `${folder}lab.dr.yaml`;
const vpgs = `${folder}vpgs/file-server.dr.yaml`;
const drills = `${folder}drills/outages.dr.yaml`;
const recovery = `${folder}sites/recovery.dr.yaml`;
const read = (uri: string): string => readFileSync(new URL(uri), 'utf8');

/** A service to which these files are told; the others it finds on disk. */
function serviceWith(...uris: readonly string[]): LanguageService {
  const service = new LanguageService(new IncludedOnDisk());
  for (const uri of uris) service.update(uri, 1, read(uri));
  return service;
}

function at(uri: string, text: string) {
  const before = read(uri).split(text)[0] ?? '';
  const lines = (before + text).split('\n');
  return { line: lines.length - 1, character: (lines.at(-1) ?? '').length };
}

describe('the language service on a topology of several files', () => {
  it('takes a part as a part once its topology is known, and alone before', () => {
    const service = serviceWith(vpgs);
    assert.ok(service.diagnostics(vpgs).length > 0);
    assert.deepEqual(
      service.changes().outlines.map(({ uri }) => uri),
      [vpgs],
    );
    service.update(root, 1, read(root));
    const { outlines, gone, files } = service.changes();
    assert.deepEqual(
      outlines.map(({ uri }) => uri),
      [root],
    );
    assert.deepEqual(outlines[0]?.files.length, 5);
    assert.deepEqual(gone, [vpgs]);
    assert.ok(files.includes(vpgs) && files.includes(recovery));
    for (const uri of files) assert.deepEqual(service.diagnostics(uri), [], uri);
  });

  it('tells the findings of all files anew when one of them is changed, and only then', () => {
    const service = serviceWith(root, recovery);
    service.changes();
    service.update(recovery, 2, read(recovery).replaceAll('esx-d1', 'esx-d2'));
    const { files } = service.changes();
    assert.deepEqual(files.length, 5);
    assert.deepEqual(
      service.diagnostics(vpgs).map(({ code }) => code),
      ['reference/unknown'],
    );
    service.update(recovery, 3, read(recovery).replaceAll('esx-d1', 'esx-d2'));
    assert.deepEqual(service.changes().files, []);
  });

  it('goes to definitions, finds references and renames in all files', () => {
    const service = serviceWith(root, vpgs);
    const host = at(vpgs, 'recoveryHost: esx-d');
    assert.deepEqual(
      service.definition(vpgs, host).map(({ uri }) => uri),
      [recovery],
    );
    assert.equal(service.references(vpgs, host, true).length, 2);
    const renamed = service.rename(vpgs, host, 'esx-new');
    assert.ok(!('refused' in renamed));
    assert.deepEqual(Object.keys(renamed.changes ?? {}).sort(), [recovery, vpgs].sort());
    const taken = service.rename(vpgs, at(vpgs, 'from: Prod_'), 'DR_Site');
    assert.ok('refused' in taken);
    const item = service.definition(root, at(root, 'drills/*.dr'));
    assert.deepEqual(
      item.map(({ uri }) => uri),
      [drills],
    );
  });

  it('completes and explains names of other files', () => {
    const service = serviceWith(root, vpgs);
    const offered = service.completion(vpgs, at(vpgs, 'recoveryHost: '), { snippets: false });
    assert.ok(offered.some(({ label }) => label === 'esx-d1'));
    const shown = service.hover(vpgs, at(vpgs, 'recoveryHost: esx-d'));
    assert.match(JSON.stringify(shown?.contents), /in DR\\\\?_Site|DR_Site/);
  });

  it('puts the lenses over the drills of the file, for the topology', () => {
    const service = serviceWith(root, drills);
    const lenses = service.codeLenses(drills);
    assert.equal(lenses.length, 5);
    assert.ok(lenses.every(({ command }) => command?.arguments?.[0] === root));
    assert.deepEqual(service.codeLenses(root), []);
  });

  it('hands out all texts, those of the editors first', () => {
    const service = serviceWith(root, vpgs);
    service.update(vpgs, 2, `${read(vpgs)}# changed\n`);
    const { text, included } = service.textsOf(root);
    assert.equal(text, read(root));
    assert.equal(included?.files.length, 4);
    assert.match(included.files.find(({ uri }) => uri === vpgs)?.text ?? '', /# changed/);
  });

  it('has the findings of both topologies that share a file, each once', () => {
    const service = serviceWith(root);
    const other = `${folder}other.dr.yaml`;
    service.update(other, 1, 'version: 1\ninclude: [vpgs/*.dr.yaml]\n');
    const codes = service.diagnostics(vpgs).map(({ code }) => code);
    assert.ok(codes.includes('reference/unknown'), 'the other topology lacks the sites');
    assert.deepEqual(
      codes.filter((code) => code === 'reference/unknown').length,
      new Set(service.diagnostics(vpgs).map(({ range }) => JSON.stringify(range))).size,
    );
  });
});
