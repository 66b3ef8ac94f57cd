import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadTopology } from '../../src/topology/load.ts';
import { prepareRename, rename } from '../../src/language/rename.ts';
import { applied, documentOf, marked, textIn, topologyOf, twoSites, uri } from './marked.ts';

function renamed(text: string, at: string, newName: string): string {
  const document = documentOf(text);
  const answer = rename([topologyOf(document)], document, text.indexOf(at) + at.length, newName);
  assert.ok(!('refused' in answer), JSON.stringify(answer));
  return applied(document, answer.changes?.[uri] ?? []);
}

function refusal(text: string, at: string, newName: string): string {
  const document = documentOf(text);
  const answer = rename([topologyOf(document)], document, text.indexOf(at) + at.length, newName);
  assert.ok('refused' in answer, JSON.stringify(answer));
  return answer.refused;
}

describe('renaming', () => {
  it('keeps every name bound, whatever is renamed', () => {
    const lab = readFileSync('examples/seed-lab.dr.yaml', 'utf8');
    for (const text of [twoSites, lab]) {
      const { topology, problems } = loadTopology(text, uri);
      assert.deepEqual(problems, []);
      const things = [
        ...topology.sites.values(),
        ...topology.links.values(),
        ...topology.vpgs.values(),
        ...[...topology.sites.values()].flatMap((site) => [
          ...site.networks.values(),
          ...site.datastores.values(),
          ...site.hosts.values(),
          ...site.vms.values(),
          ...(site.zvm?.nics.values() ?? []),
          ...[...site.vms.values()].flatMap((vm) => [...vm.nics.values(), ...vm.disks.values()]),
        ]),
      ];
      for (const { name, place } of things) {
        const offset = topology.document.keyRange(place.path).start;
        const answer = rename([topology], topology.document, offset, `${name}-2`);
        assert.ok(!('refused' in answer), name);
        const after = loadTopology(applied(topology.document, answer.changes?.[uri] ?? []), uri);
        assert.deepEqual(after.problems, []);
        // Renaming back gives the file again, so nothing else had that name, and nothing was missed.
        const path = [...place.path.slice(0, -1), `${name}-2`];
        const back = rename(
          [after.topology],
          after.document,
          after.document.keyRange(path).start,
          name,
        );
        assert.ok(!('refused' in back), name);
        assert.equal(applied(after.document, back.changes?.[uri] ?? []), text, name);
      }
    }
  });

  it('renames a site wherever it stands, alone and in Site/name', () => {
    const after = renamed(twoSites, 'to: Recov', 'DR');
    assert.deepEqual(
      after
        .split('\n')
        .filter((line) => /\bDR\b/.test(line))
        .map((line) => line.trim()),
      [
        'DR:',
        'joins: [Prod/wan, DR/lan]',
        '- [Prod, DR]',
        'to: DR',
        'failoverTest: { vpg: files, checkpoint: before, site: DR }',
      ],
    );
    assert.ok(!after.includes('Recovery'));
  });

  it('renames a marker with what looks for it', () => {
    const after = renamed(twoSites, 'name: fon', 'big files');
    assert.match(after, /name: big files }/);
    assert.match(after, /contains: \[big files\]/);
  });

  it('puts quotes around a name that needs them, and keeps those that are there', () => {
    const text = 'version: 1\nsites:\n  A: {}\n  B: {}\npairings:\n  - ["A", B]\n';
    assert.equal(
      renamed(text, '  A', 'x: y'),
      'version: 1\nsites:\n  "x: y": {}\n  B: {}\npairings:\n  - ["x: y", B]\n',
    );
  });

  it('says before the new name is typed what is renamed', () => {
    const document = documentOf(twoSites);
    const at = twoSites.indexOf('joins: [Prod/w') + 'joins: [Prod/w'.length;
    const answer = prepareRename(topologyOf(document), document, at);
    assert.ok(!('refused' in answer));
    assert.equal(answer.placeholder, 'wan');
    assert.equal(textIn(document, answer.range), 'wan');
  });
});

describe('renaming is refused, with the reason,', () => {
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'where a site has that network',
      '      bub',
      'lan',
      /a network lan already in sites\.Recovery/,
    ],
    ['for a name with a slash', 'cut: m', 'a/b', /has no slash/],
    ['for an empty name', 'cut: m', '', /not empty/],
    ['for a name with spaces at its ends', 'cut: m', ' a', /spaces at its ends/],
    ['for a name that is too long', 'cut: m', 'x'.repeat(129), /at most 128/],
    ['for a host called zvm', 'recoveryHost: es', 'zvm', /is the ZVM of the site/],
    ['for a tag called latest', 'tag: bef', 'latest', /something else than a tag/],
    ['for a word of the language', 'powerOff: Prod/z', 'x', /"zvm" is a word of the language/],
    ['where there is no name', 'memory: 3', 'x', /no name here/],
  ];
  for (const [what, at, newName, reason] of cases) {
    it(what, () => {
      assert.match(refusal(twoSites, at, newName), reason);
    });
  }

  it('for a name that nothing declares', () => {
    const text = twoSites.replace('cut: mpls', 'cut: vpn');
    assert.match(refusal(text, 'cut: v', 'x'), /declares the link vpn/);
  });

  it('where a line is not read, since a use there would be missed', () => {
    const text = `${twoSites}oops\n`;
    assert.match(refusal(text, 'cut: m', 'x'), /^Line \d+ is not read/);
  });

  it('where a key of that name stands beside one that would change', () => {
    const text = twoSites.replace(
      '    journal: { history',
      '      GHOST: {}\n    journal: { history',
    );
    assert.match(refusal(text, 'vm: FS', 'GHOST'), /GHOST stands already in vpgs\.files\.vms/);
  });

  it('where a drill that names no site could then mean either', () => {
    const text = twoSites.replace('links:', '    vms:\n      FS02: { host: esx-r }\nlinks:');
    assert.match(refusal(text, 'vm: FS', 'FS02'), /Recovery has a VM FS02, too: drills\.outage/);
    assert.match(refusal(text, '      FS02', 'FS01'), /Prod has a VM FS01, too: drills\.outage/);
  });

  it('where a YAML alias repeats the name', () => {
    const { text, offset } = marked(
      'version: 1\nsites:\n  A: { networks: { n: { cidr: 10.0.0.0/8 } }, vcenter: &v { address: 10.0.0.1, network: n‸ } }\n' +
        '  B: { networks: { n: { cidr: 11.0.0.0/8 } }, vcenter: *v }\n',
    );
    const document = documentOf(text);
    const answer = rename([topologyOf(document)], document, offset, 'm');
    assert.ok('refused' in answer && answer.refused.includes('alias repeats'));
  });

  it('where other files are included, which are not read yet', () => {
    const text = twoSites.replace('version: 1', 'version: 1\ninclude: [x.dr.yaml]');
    assert.match(refusal(text, 'cut: m', 'x'), /includes is not read/);
  });
});
