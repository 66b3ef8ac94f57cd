import assert from 'node:assert/strict';
import { pathBehind } from '../../src/restore/path-behind.ts';
import type { Entry } from '../../src/restore/listing.ts';

describe('a link that turns out to be one when it has been brought out', () => {
  const behind = (root: string, path: string, target: string): string =>
    pathBehind({ root, entry: { path } as Entry }, target);

  it('leads to what lies beside it, in a partition and on a disk without any', () => {
    assert.equal(behind('3/', 'a/link', 'b.txt'), '3/a/b.txt');
    assert.equal(behind('3/', 'link', '../b.txt'), '3/../b.txt');
    assert.equal(behind('', 'a/link', 'b.txt'), 'a/b.txt');
    assert.equal(behind('', 'link', 'b.txt'), 'b.txt');
  });

  it('leads to the root of its own file system, and not of another', () => {
    assert.equal(behind('3/', 'a/b/link', '/etc/hosts'), '3//etc/hosts');
    assert.equal(behind('', 'a/b/link', '/etc/hosts'), '/etc/hosts');
  });
});
