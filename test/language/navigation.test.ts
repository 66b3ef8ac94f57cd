import assert from 'node:assert/strict';
import { definition, highlights, references } from '../../src/language/navigation.ts';
import { documentOf, marked, textIn, topologyOf, twoSites } from './marked.ts';

/** The line of the definition of what stands at the end of `at`, trimmed. */
function definitionLines(at: string, text = twoSites): string[] {
  const document = documentOf(text);
  const offset = text.indexOf(at) + at.length;
  assert.ok(text.includes(at), at);
  return definition(topologyOf(document), document, offset).map(({ range }) => {
    const line = document.text.split('\n')[range.start.line] ?? '';
    return line.trim();
  });
}

describe('going to a definition', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a host of the recovery site', 'recoveryHost: esx', 'esx-r:'],
    ['a network of the recovery site', 'failover: { network: la', 'lan: { cidr: 10.2.0.0/24 }'],
    ['a network of the own site', 'wan: { network: wa', 'wan: { cidr: 192.168.100.0/24 }'],
    ['a datastore', 'journal: { history: 4h, datastore: ds', 'ds-r: { capacity: 8TiB }'],
    ['the site in Site/network', 'joins: [Pro', 'Prod:'],
    ['the network in Site/network', 'joins: [Prod/wa', 'wan: { cidr: 192.168.100.0/24 }'],
    ['a VM that a VPG protects', 'to: Recovery\n    vms:\n      FS', 'FS01:'],
    ['a VM in a drill', 'write: { vm: FS', 'FS01:'],
    [
      'a disk in a drill',
      'disk: da',
      'data: { size: 200GiB, datastore: ds-p, image: lab/data.img }',
    ],
    ['a VPG in a drill', 'failoverTest: { vpg: fi', 'files:'],
    ['a VPG among expectations', 'expect:\n      vpgs:\n        fil', 'files:'],
    ['the ZVM of a component', 'powerOff: Prod/zv', 'zvm:'],
    ['a link', 'cut: mp', 'mpls:'],
    ['a NIC of a route', 'nic: wa', 'wan: { network: wan, address: 192.168.100.10/24 }'],
    [
      'a marker',
      'contains: [fo',
      '- { at: 10m, write: { vm: FS01, disk: data, size: 500MB, name: fonts } }',
    ],
    ['a tag', 'checkpoint: bef', '- { at: 25m, checkpoint: { vpg: files, tag: before } }'],
  ];
  for (const [what, at, expected] of cases) {
    it(`finds ${what}`, () => {
      assert.deepEqual(definitionLines(at), [expected]);
    });
  }

  it('finds what has mistakes of its own', () => {
    const text = twoSites.replace('esx-r:\n', 'esx-r:\n        ports: nonsense\n');
    assert.deepEqual(definitionLines('recoveryHost: esx', text), ['esx-r:']);
  });

  it('finds the names inside of quotes, and no others', () => {
    const { text, offset } = marked('sites:\n  "A b": {}\npairings:\n  - ["A b‸", C]\n');
    const document = documentOf(text);
    const [found] = definition(topologyOf(document), document, offset);
    assert.equal(found && textIn(document, found.range), 'A b');
    assert.deepEqual(definition(topologyOf(document), document, text.indexOf(', C') + 2), []);
  });
});

describe('references', () => {
  it('are all places that say the name, with and without the declaration', () => {
    const document = documentOf(twoSites);
    const offset = twoSites.indexOf('Prod:');
    assert.equal(references(topologyOf(document), document, offset, true).length, 5);
    assert.equal(references(topologyOf(document), document, offset, false).length, 4);
    for (const { range } of references(topologyOf(document), document, offset, true)) {
      assert.equal(textIn(document, range), 'Prod');
    }
    assert.equal(highlights(topologyOf(document), document, offset).length, 5);
  });

  it('tell networks of the same name apart by their site', () => {
    const document = documentOf(twoSites);
    const lines = (offset: number) =>
      references(topologyOf(document), document, offset, true).map(
        ({ range }) => range.start.line + 1,
      );
    const first = lines(twoSites.indexOf('lan: { cidr: 10.1'));
    const second = lines(twoSites.indexOf('lan: { cidr: 10.2'));
    assert.deepEqual(first, [5, 9, 24]);
    assert.deepEqual(second, [30, 34, 39, 42, 56]);
  });
});
