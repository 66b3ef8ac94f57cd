import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { carriedFiles, carrying } from '../../src/topology/include/carried-files.ts';
import { pathFrom } from '../../src/topology/include/path.ts';
import { rootsAmong } from '../../src/topology/include/roots.ts';
import { loadParts, loadTopology } from '../../src/topology/load.ts';
import { readPart } from '../../src/topology/part.ts';
import { unmark } from './marked.ts';
import { filesIn, loadFiles, main, type Texts } from './several-files.ts';

const site = (name: string, more = ''): string =>
  `version: 1\nsites:\n  ${name}:\n    platform: vsphere\n${more}`;

/** Loads files with marks and asserts that the problems are exactly at the marks, by file. */
function assertProblems(
  marked: Texts,
  rules: readonly string[],
  faults: Parameters<typeof loadFiles>[1] = {},
): ReturnType<typeof loadFiles> {
  const texts = Object.fromEntries(
    Object.entries(marked).map(([path, text]) => [path, unmark(text).text]),
  );
  const loaded = loadFiles(texts, faults);
  const at = loaded.problems.map(({ document, range }) => ({ uri: document.uri, ...range }));
  const wanted = loaded.parts.flatMap(({ document: { uri } }) =>
    unmark(marked[uri] ?? '').ranges.map((range) => ({ uri, ...range })),
  );
  assert.deepEqual(at, wanted, loaded.problems.map(({ message }) => message).join('\n'));
  assert.deepEqual(
    loaded.problems.map(({ rule }) => rule),
    rules,
  );
  return loaded;
}

describe('include', () => {
  it('reads what paths and patterns name, in their order, and what those include', () => {
    const { topology, problems } = loadFiles({
      [main]: 'version: 1\nname: All\ninclude: [sites/*.dr.yaml, "vpgs/**/*.dr.yaml"]\n',
      'sites/b.dr.yaml': site('B'),
      'sites/a.dr.yaml': `${site('A')}include: [../nets/links.dr.yaml]\n`,
      'sites/other.yaml': site('Other'),
      'nets/links.dr.yaml': 'version: 1\npairings: [[A, B]]\n',
      'vpgs/gold/one.dr.yaml':
        'version: 1\nname: Not this\nvpgs: { one: { from: A, to: B, vms: {} } }\n',
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      topology.documents.map(({ uri }) => uri),
      [main, 'sites/a.dr.yaml', 'nets/links.dr.yaml', 'sites/b.dr.yaml', 'vpgs/gold/one.dr.yaml'],
    );
    assert.deepEqual([...topology.sites.keys()], ['A', 'B']);
    assert.equal(topology.name, 'All');
    assert.equal(topology.isWhole, true);
    const [vpg] = topology.vpgs.values();
    assert.equal(vpg?.from.target, topology.sites.get('A'));
    assert.equal(vpg?.place.document.uri, 'vpgs/gold/one.dr.yaml');
    assert.equal(topology.pairings[0]?.sites[1].target, topology.sites.get('B'));
  });

  it('a pattern that matches the file that it stands in does not mean it', () => {
    const { problems, parts } = loadFiles({
      [main]: 'version: 1\ninclude: ["*.dr.yaml"]\n',
      'a.dr.yaml': site('A'),
    });
    assert.deepEqual(problems, []);
    assert.equal(parts.length, 2);
  });

  it('objects to a path without a file and a pattern without one, at the item', () => {
    const { topology, problems } = assertProblems(
      {
        [main]:
          'version: 1\ninclude:\n  - sites/a.dr.yaml\n  - «sites/b.dr.yml»\n  - «vpgs/*.dr.yaml»\n',
        'sites/a.dr.yaml': site('A'),
        'sites/b.dr.yaml': site('B'),
      },
      ['include/missing', 'include/no-match'],
    );
    assert.equal(topology.isWhole, false);
    assert.deepEqual(problems[0]?.suggestions, ['sites/b.dr.yaml']);
  });

  it('a file that cannot be read, or leads elsewhere by a link, is said at its item', () => {
    assertProblems(
      { [main]: 'version: 1\ninclude: [«a.dr.yaml», «b.dr.yaml»]\n' },
      ['include/unreadable', 'include/outside'],
      {
        'a.dr.yaml': { fault: 'unreadable', reason: 'permission denied' },
        'b.dr.yaml': { fault: 'outside', reason: 'it is a link to /etc/passwd' },
      },
    );
  });

  it('does not leave the folder of the first file, however a path says it', () => {
    assertProblems(
      {
        [main]:
          'version: 1\ninclude: [«../a.dr.yaml», «/etc/passwd», «"C:\\\\a.yaml"», «~/a.yaml», «file:///a.yaml», «sites/../../*.yaml», sites/x.dr.yaml]\n',
        'sites/x.dr.yaml': 'version: 1\ninclude: [«../../x.dr.yaml»]\n',
      },
      Array.from({ length: 7 }, () => 'include/outside'),
    );
    assert.equal(pathFrom('a/b/c.yaml', '../../d/./e.yaml'), 'd/e.yaml');
    assert.equal(pathFrom('a/c.yaml', '../../d.yaml'), undefined);
    assert.equal(pathFrom('a/c.yaml', '..\\d.yaml'), 'd.yaml');
  });

  it('a cycle is said where it closes, and everything is read once', () => {
    const { parts, problems } = assertProblems(
      {
        [main]: 'version: 1\ninclude: [a.dr.yaml]\n',
        'a.dr.yaml': `${site('A')}include: [b.dr.yaml]\n`,
        'b.dr.yaml': `${site('B')}include: [«a.dr.yaml», «main.dr.yaml»]\n`,
      },
      ['include/cycle', 'include/cycle'],
    );
    assert.equal(parts.length, 3);
    assert.match(problems[0]?.message ?? '', /^a\.dr\.yaml includes itself by way of b\.dr\.yaml/);
    assertProblems({ [main]: 'version: 1\ninclude: [«main.dr.yaml»]\n' }, ['include/cycle']);
  });

  it('a file that is reached twice counts once, and the model knows what led there before', () => {
    const { topology, problems } = loadFiles({
      [main]: 'version: 1\ninclude: [a.dr.yaml, ./a.dr.yaml, b.dr.yaml]\n',
      'a.dr.yaml': site('A'),
      'b.dr.yaml': 'version: 1\ninclude: [a.dr.yaml]\n',
    });
    assert.deepEqual(problems, []);
    const before = topology.includes.flatMap(({ files }) => files.map((file) => file.before?.path));
    assert.deepEqual(before, [undefined, ['include', 0], undefined, ['include', 0]]);
  });

  it('what two files declare is said at the later one, with the first beside it', () => {
    const { topology, problems } = assertProblems(
      {
        [main]: 'version: 1\ninclude: [a.dr.yaml, b.dr.yaml]\nsites:\n  A: { platform: kvm }\n',
        'a.dr.yaml': 'version: 1\nsites:\n  «A»: { platform: aws }\n  B: «5»\n',
        'b.dr.yaml': 'version: 1\nsites:\n  «B»: { platform: aws }\nvpgs: {}\n',
      },
      ['include/duplicate-name', 'schema/wrong-type', 'include/duplicate-name'],
    );
    assert.equal(topology.sites.get('A')?.platform, 'kvm');
    assert.equal(topology.sites.has('B'), false, 'the first one counts, though it is bad');
    assert.deepEqual(
      problems[2]?.related?.map(({ place }) => [place.document.uri, place.path]),
      [['a.dr.yaml', ['sites', 'B']]],
    );
  });

  it('no name is unknown while a file is missing that may declare it', () => {
    const vpg = 'vpgs: { one: { from: A, to: B, vms: {} } }\n';
    const whole = loadFiles({ [main]: `version: 1\n${vpg}` }).topology.vpgs.get('one');
    assert.equal(whole?.from.declared, false);
    const { topology } = loadFiles({ [main]: `version: 1\ninclude: [a.dr.yaml]\n${vpg}` });
    assert.equal(topology.vpgs.get('one')?.from.declared, true);
  });

  it('reads a thousand files of a topology, and says at the item that there are more', () => {
    const many = Array.from({ length: 1000 }, (_, at): [string, string] => [
      `${at}.yaml`,
      'version: 1\n',
    ]);
    const { parts, problems } = loadFiles({
      [main]: 'version: 1\ninclude: ["*.yaml"]\n',
      ...Object.fromEntries(many),
    });
    assert.equal(parts.length, 1000);
    assert.deepEqual(
      problems.map(({ rule, document }) => [rule, document.uri]),
      [['include/too-many', main]],
    );
  });

  it('without files around it, says at each item that nothing is read', () => {
    const { problems } = loadTopology('version: 1\ninclude: [a.yaml, b.yaml]\n', 'untitled:1');
    assert.deepEqual(
      problems.map(({ rule }) => rule),
      ['include/not-read', 'include/not-read'],
    );
  });

  it('reads a part of a file that has no topology in it, and one of nothing', () => {
    assertProblems(
      {
        [main]: 'version: 1\ninclude: [a.dr.yaml, b.dr.yaml]\n',
        'a.dr.yaml': '«»',
        'b.dr.yaml': '«[1, 2]»\n',
      },
      ['yaml/empty', 'schema/wrong-type'],
    );
  });

  it('goes to a process that reads no files, and is the same topology there', () => {
    const texts = {
      [main]: 'version: 1\ninclude: ["sites/*.dr.yaml"]\n',
      'sites/a.dr.yaml': site('A'),
      'sites/b.dr.yaml': site('B'),
      'unused.dr.yaml': site('Unused'),
    };
    const { files, carried } = carrying(filesIn(texts));
    const here = loadParts(readPart(texts[main], main), files);
    const data = JSON.parse(JSON.stringify(carried())) as ReturnType<typeof carried>;
    assert.deepEqual(
      data.files.map(({ path }) => path),
      ['sites/a.dr.yaml', 'sites/b.dr.yaml'],
    );
    const there = loadParts(readPart(texts[main], main), carriedFiles(data));
    assert.deepEqual(there.problems, []);
    assert.deepEqual([...there.topology.sites.keys()], [...here.topology.sites.keys()]);
  });

  it('of several files those are topologies that no other includes', () => {
    const reach = new Map([
      ['root', new Set(['a', 'b'])],
      ['a', new Set(['b'])],
      ['x', new Set(['y'])],
      ['y', new Set(['x'])],
    ]);
    const roots = rootsAmong(
      ['a', 'root', 'b', 'x', 'y', 'alone'],
      (file) => reach.get(file) ?? new Set(),
    );
    assert.deepEqual(roots, ['root', 'x', 'alone']);
  });
});

describe('a topology that is split over files', () => {
  it('the seed lab has no problems when each section stands in a file of its own', () => {
    const lab = readFileSync(new URL('fixtures/seed-lab.dr.yaml', import.meta.url), 'utf8');
    const sections = lab.split(/^(?=(?:sites|links|pairings|vpgs|drills):)/m);
    const texts = Object.fromEntries(
      sections
        .slice(1)
        .map((section, index) => [`parts/${index}.dr.yaml`, `version: 1\n${section}`]),
    );
    const { problems, topology } = loadFiles({
      [main]: `${sections[0] ?? ''}\ninclude: [parts/*.dr.yaml]\n`,
      ...texts,
    });
    assert.deepEqual(problems, []);
    const alone = loadTopology(lab, main).topology;
    assert.deepEqual([...topology.sites.keys()], [...alone.sites.keys()]);
    assert.deepEqual([...topology.drills.keys()], [...alone.drills.keys()]);
  });
});
