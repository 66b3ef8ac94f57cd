import assert from 'node:assert/strict';
import {
  appendItem,
  appendItems,
  insertEntry,
  removeEntry,
  renameKey,
  renderScalar,
  replaceValue,
} from '../../src/topology/edit.ts';
import type { TextEdit } from '../../src/topology/edit.ts';
import type { Path, TopologyDocument } from '../../src/topology/document.ts';
import { parseDocument } from '../../src/topology/parse.ts';
import { applied } from './applied.ts';

function edited(text: string, edit: (document: TopologyDocument) => readonly TextEdit[]): string {
  return applied(text, edit(parseDocument(text, 'x.dr.yaml')));
}

const route = { to: '10.10.10.0/24', via: '192.168.100.1', nic: 'isolated', persistent: true };

describe('insertEntry', () => {
  it('goes below the last sibling, above the comments and blank lines that follow', () => {
    assert.equal(
      edited('a:\n  x: 1 # one\n  # trailing\n\nb: 2\n', (document) =>
        insertEntry(document, ['a'], 'y', 'new'),
      ),
      'a:\n  x: 1 # one\n  y: new\n  # trailing\n\nb: 2\n',
    );
  });

  it('stays inside of the braces of a flow map', () => {
    const insert = (document: TopologyDocument) => insertEntry(document, ['a'], 'y', 2);
    assert.equal(edited('a: { x: 1 } # c\n', insert), 'a: { x: 1, y: 2 } # c\n');
    assert.equal(edited('a: { x: 1, }\n', insert), 'a: { x: 1, y: 2, }\n');
    assert.equal(edited('a: {}\n', insert), 'a: { y: 2 }\n');
    assert.equal(
      edited('a: {\n  x: 1,\n  z: 3\n}\n', insert),
      'a: {\n  x: 1,\n  z: 3,\n  y: 2\n}\n',
    );
  });

  it('looks like its siblings', () => {
    const host = { version: '6.7', ports: [22, 443] };
    assert.equal(
      edited('hosts:\n  a: { version: "8.0" }\n', (document) =>
        insertEntry(document, ['hosts'], 'b', host),
      ),
      'hosts:\n  a: { version: "8.0" }\n  b: { version: "6.7", ports: [22, 443] }\n',
    );
    assert.equal(
      edited('hosts:\n    a:\n        version: "8.0"\n', (document) =>
        insertEntry(document, ['hosts'], 'b', host),
      ),
      'hosts:\n    a:\n        version: "8.0"\n    b:\n        version: "6.7"\n        ports: [22, 443]\n',
    );
  });

  it('fills a key that has no value yet', () => {
    assert.equal(
      edited('zvm: # soon\nx: 1\n', (document) => insertEntry(document, ['zvm'], 'os', 'linux')),
      'zvm: # soon\n  os: linux\nx: 1\n',
    );
    assert.equal(
      edited('zvm: # soon\nx: 1\n', (document) =>
        insertEntry(document, ['zvm'], 'nics', { a: { network: 'n' } }),
      ),
      'zvm: # soon\n  nics:\n    a: { network: n }\nx: 1\n',
    );
  });

  it('creates the maps that are missing on the way, and a file that is empty', () => {
    const insert = (document: TopologyDocument) =>
      insertEntry(document, ['sites', 'A', 'hosts'], 'esx-1', { version: '8.0' });
    assert.equal(
      edited('sites:\n  A:\n    platform: kvm\n', insert),
      'sites:\n  A:\n    platform: kvm\n    hosts:\n      esx-1: { version: "8.0" }\n',
    );
    assert.equal(
      edited('# nothing yet', insert),
      '# nothing yet\nsites:\n  A:\n    hosts:\n      esx-1: { version: "8.0" }\n',
    );
  });

  it('does not touch a key that is there, nor what an alias shares', () => {
    const insert = (document: TopologyDocument) => insertEntry(document, ['b'], 'x', 2);
    assert.equal(edited('b: { x: 1 }\n', insert), 'b: { x: 1 }\n');
    assert.equal(edited('a: &a { y: 1 }\nb: *a\n', insert), 'a: &a { y: 1 }\nb: *a\n');
    assert.equal(edited('b: text\n', insert), 'b: text\n');
  });

  it("keeps the file's own line breaks", () => {
    assert.equal(
      edited('a:\r\n  x: 1\r\nb: 2\r\n', (document) => insertEntry(document, ['a'], 'y', 2)),
      'a:\r\n  x: 1\r\n  y: 2\r\nb: 2\r\n',
    );
  });
});

describe('appendItem', () => {
  it('NET-6: adds a route to a list that is missing, block or flow', () => {
    const append = (document: TopologyDocument) => appendItem(document, ['zvm', 'routes'], route);
    const line = '{ to: 10.10.10.0/24, via: 192.168.100.1, nic: isolated, persistent: true }';
    assert.equal(
      edited('zvm:\n  os: windows\n', append),
      `zvm:\n  os: windows\n  routes:\n    - ${line}\n`,
    );
    assert.equal(
      edited('zvm:\n  routes:\n    - { to: 10.0.0.0/8 } # first\n  # end\n', append),
      `zvm:\n  routes:\n    - { to: 10.0.0.0/8 } # first\n    - ${line}\n  # end\n`,
    );
    assert.equal(edited('zvm: { routes: [] }\n', append), `zvm: { routes: [${line}] }\n`);
    assert.equal(
      edited('zvm:\n  routes:\n  - to: 10.0.0.0/8\n', append),
      `zvm:\n  routes:\n  - to: 10.0.0.0/8\n  - to: 10.10.10.0/24\n    via: 192.168.100.1\n    nic: isolated\n    persistent: true\n`,
    );
  });

  it('adds several items as one change', () => {
    assert.equal(
      edited('ports: [80]\n', (document) => appendItems(document, ['ports'], [22, 443])),
      'ports: [80, 22, 443]\n',
    );
    assert.equal(
      edited('ports:\n', (document) => appendItems(document, ['ports'], [22, 443])),
      'ports: [22, 443]\n',
    );
  });
});

describe('replaceValue, renameKey', () => {
  it('changes the value or the key and nothing beside it', () => {
    const text = 'a: "x" # why\nb:\n';
    assert.equal(
      edited(text, (document) => replaceValue(document, ['a'], 'y')),
      'a: y # why\nb:\n',
    );
    assert.equal(
      edited(text, (document) => replaceValue(document, ['b'], '[1]')),
      'a: "x" # why\nb: [1]\n',
    );
    assert.equal(
      edited(text, (document) => renameKey(document, ['a'], 'c: d')),
      '"c: d": "x" # why\nb:\n',
    );
    assert.deepEqual(replaceValue(parseDocument(text, 'x'), ['c'], '1'), []);
  });
});

describe('removeEntry', () => {
  const remove =
    (...path: Path) =>
    (document: TopologyDocument) =>
      removeEntry(document, path);

  it('takes the whole lines of a block entry, and no comment of its neighbours', () => {
    assert.equal(
      edited('a: 1 # one\nb: # two\n  c: 2\n# three\nd: 4\n', remove('b')),
      'a: 1 # one\n# three\nd: 4\n',
    );
    assert.equal(edited('a:\n  - x\n  # y\n  - y\n', remove('a', 1)), 'a:\n  - x\n  # y\n');
    assert.equal(edited('- a: 1\n  b: 2\n', remove(0, 'a')), '- b: 2\n');
  });

  it('takes the comma of a flow entry', () => {
    assert.equal(edited('a: { x: 1, y: 2, z: 3 }\n', remove('a', 'x')), 'a: { y: 2, z: 3 }\n');
    assert.equal(edited('a: { x: 1, y: 2, z: 3 }\n', remove('a', 'z')), 'a: { x: 1, y: 2 }\n');
    assert.equal(edited('a: { x: 1 }\n', remove('a', 'x')), 'a: { }\n');
    assert.equal(edited('a: [1, 2]\n', remove('a', 0)), 'a: [2]\n');
  });
});

describe('renderScalar', () => {
  it('leaves names, addresses and paths plain, and quotes what YAML would read otherwise', () => {
    for (const plain of ['esx-p1', '10.1.0.20/24', './scripts/quiesce.sh', 'Web (old)', '5m']) {
      assert.equal(renderScalar(plain), plain);
    }
    for (const quoted of ['true', '6.7', '0x10', '', '- x', 'a: b', 'a #b', '*a', '...', 'x ']) {
      assert.equal(renderScalar(quoted), JSON.stringify(quoted));
    }
  });
});
