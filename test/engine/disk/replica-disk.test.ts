import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openReplicaDisks, replicaPath } from '../../../src/engine/disk/replica-disk.ts';
import type { ReplicaDisks, ReplicaWrite } from '../../../src/engine/disk/replica-disk.ts';
import { ExtentMap } from '../../../src/engine/world/extent-map.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { samePayload, syntheticPayload, zeroes } from '../../../src/engine/world/payloads.ts';
import { WorldError } from '../../../src/engine/world/world.ts';
import type { Done, Storage, StoredFile } from '../../../src/engine/world/world.ts';
import { createTwoSites } from '../world/two-sites.ts';
import type { TwoSites } from '../world/two-sites.ts';

const size = 200_000;
const disks = [
  { name: 'system', size },
  { name: 'data', size },
];

function openReplica(sites: TwoSites): ReplicaDisks {
  let opened: ReplicaDisks | undefined;
  openReplicaDisks(sites.right.world, 'ds/replica', disks, (_, replica) => {
    opened = replica;
  });
  sites.universe.run(sites.universe.now + 100);
  assert(opened);
  return opened;
}

/** What it ends with: undefined for success. */
function outcome(sites: TwoSites, ask: (done: Done) => void): WorldError | undefined {
  const heard: (WorldError | undefined)[] = [];
  ask((error) => heard.push(error));
  assert.equal(heard.length, 0, 'never within the call');
  sites.universe.run(sites.universe.now + 1000);
  assert.equal(heard.length, 1, 'heard once');
  return heard[0];
}

function content(sites: TwoSites, replica: ReplicaDisks, disk: number): Payload {
  let found: Payload | undefined;
  replica.read(disk, 0, size, (_, payload) => {
    found = payload;
  });
  sites.universe.run(sites.universe.now + 1000);
  assert(found);
  return found;
}

describe('replica disks', () => {
  it('hold what was applied, later over earlier, batch by batch', () => {
    const change = fc.record({
      disk: fc.nat(1),
      offset: fc.nat(size - 1),
      length: fc.integer({ min: 1, max: 60_000 }),
      zero: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 4 }), (batches) => {
        const sites = createTwoSites();
        const replica = openReplica(sites);
        const shadow = disks.map(() => new ExtentMap({ holdsZeroes: false }));
        let count = 0;
        for (const batch of batches) {
          const writes = batch.map(({ disk, offset, length, zero }): ReplicaWrite => {
            const bytes = Math.min(length, size - offset);
            const payload = zero ? zeroes(bytes) : syntheticPayload(count++, bytes);
            shadow[disk]!.write(offset, payload);
            return { disk, offset, payload };
          });
          const error = outcome(sites, (done) => {
            replica.apply(writes, done);
          });
          assert.equal(error, undefined);
        }
        for (const disk of [0, 1]) {
          assert(samePayload(content(sites, replica, disk), shadow[disk]!.read(0, size)));
        }
        const held = shadow.reduce((sum, map) => sum + map.covered, 0);
        assert.equal(sites.universe.space(sites.rightSite, 'ds').free, 1024 ** 3 - held);
      }),
      { numRuns: 60 },
    );
  });

  it('are there again after a crash, with everything that was synced', () => {
    for (let seed = 0; seed < 15; seed++) {
      const sites = createTwoSites({ seed });
      const replica = openReplica(sites);
      const payload = syntheticPayload('kept', 50_000);
      const writes = [
        { disk: 0, offset: 10, payload },
        { disk: 1, offset: 20, payload },
      ];
      outcome(sites, (done) => {
        replica.apply(writes, done);
      });
      const error = outcome(sites, (done) => {
        replica.sync(done);
      });
      assert.equal(error, undefined);
      sites.right.kill({ silent: true });
      sites.right.restart();
      const again = openReplica(sites);
      assert(samePayload(content(sites, again, 0).slice(10, 50_010), payload));
      assert(samePayload(content(sites, again, 1).slice(20, 50_020), payload));
    }
  });

  it('find what is out of range before anything is written', () => {
    const sites = createTwoSites();
    const replica = openReplica(sites);
    const payload = syntheticPayload('a', 100);
    for (const wrong of [
      { disk: 0, offset: size - 99, payload },
      { disk: 2, offset: 0, payload },
    ]) {
      const error = outcome(sites, (done) => {
        replica.apply([{ disk: 0, offset: 0, payload }, wrong], done);
      });
      assert.equal(error?.code, 'out-of-range');
    }
    assert(samePayload(content(sites, replica, 0), zeroes(size)));
  });

  it('report a full datastore and go on where there is room again', () => {
    const sites = createTwoSites();
    const replica = openReplica(sites);
    const writes = [{ disk: 0, offset: 0, payload: syntheticPayload('a', 5000) }];
    sites.universe.fill(sites.rightSite, 'ds', 100);
    const apply = (done: Done): void => {
      replica.apply(writes, done);
    };
    assert.equal(outcome(sites, apply)?.code, 'no-space');
    sites.universe.fill(sites.rightSite, 'ds', 10_000);
    assert.equal(outcome(sites, apply), undefined);
    assert.equal(
      outcome(sites, (done) => {
        replica.sync(done);
      }),
      undefined,
    );
  });

  it('sync again what a failed sync has left in doubt', () => {
    const sites = createTwoSites();
    const { world } = sites.right;
    const failure = new WorldError('input-output', 'disk', 'the flush failed');
    let failing = false;
    let syncs = 0;
    const storage: Storage = {
      open(path, options, done) {
        world.storage.open(path, options, (error, file) => {
          const wrapped: StoredFile | undefined = file && {
            path,
            size: () => file.size(),
            write: file.write.bind(file),
            read: file.read.bind(file),
            truncate: file.truncate.bind(file),
            close: file.close.bind(file),
            sync(synced) {
              syncs++;
              file.sync((unsynced) => {
                synced(failing ? failure : unsynced);
              });
            },
          };
          done(error, wrapped);
        });
      },
      list: world.storage.list.bind(world.storage),
      remove: world.storage.remove.bind(world.storage),
      syncFolder: world.storage.syncFolder.bind(world.storage),
      space: world.storage.space.bind(world.storage),
    };
    let replica: ReplicaDisks | undefined;
    openReplicaDisks({ ...world, storage }, 'ds/replica', disks, (_, opened) => {
      replica = opened;
    });
    sites.universe.run(100);
    assert(replica);
    const { apply, sync } = {
      apply: replica.apply.bind(replica),
      sync: replica.sync.bind(replica),
    };
    outcome(sites, (done) => {
      apply([{ disk: 1, offset: 0, payload: syntheticPayload('a', 100) }], done);
    });
    syncs = 0;
    failing = true;
    assert.equal(outcome(sites, sync), failure);
    failing = false;
    assert.equal(outcome(sites, sync), undefined);
    assert.equal(syncs, 2, 'only the disk that was written is synced, each time');
    assert.equal(outcome(sites, sync), undefined);
    assert.equal(syncs, 2, 'nothing is in doubt any more');
  });

  it('lie in a file each, below their folder', () => {
    const sites = createTwoSites();
    openReplica(sites);
    let names: readonly string[] | undefined;
    sites.right.world.storage.list('ds/replica', (_, found) => {
      names = found;
    });
    sites.universe.run(sites.universe.now + 10);
    assert.deepEqual(names, ['data.replica', 'system.replica']);
    assert.equal(replicaPath('ds/replica', 'data'), 'ds/replica/data.replica');
  });
});
