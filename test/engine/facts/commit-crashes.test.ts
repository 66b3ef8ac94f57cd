/** A commit has no way back: whatever falls over in the middle of it, it ends, and with the right bytes. */
import assert from 'node:assert/strict';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { samePayload, syntheticPayload } from '../../../src/engine/world/payloads.ts';
import { Bench, mib, minute, second, twoSites } from '../fixtures/labs.ts';

const options = { seed: 1, begin: 'protected' } as const;

/** A bench whose VPG waits for a decision; what follows is to be done `later` into the commit. */
function beforeCommit(reverseProtection: boolean): { bench: Bench; lab: RunningLab } {
  const topology = twoSites();
  const bench = new Bench(topology, options);
  const lab = bench.lab;
  assert.ok(lab instanceof RunningLab);
  bench.write('FS01', 'kept', 64 * mib);
  bench.write('DB01', 'kept-too', 16 * mib);
  lab.run(2 * minute);
  const reply = lab.request(bench.site('DR_Site'), {
    kind: 'failover',
    vpg: 'shop',
    checkpoint: { kind: 'latest' },
    reverseProtection,
  });
  assert.equal(reply.result, 'success', JSON.stringify(reply));
  lab.run(3 * minute);
  return { bench, lab };
}

function commit({ bench, lab }: ReturnType<typeof beforeCommit>): void {
  lab.request(bench.site('DR_Site'), { kind: 'commit', vpg: 'shop' });
}

/** Whether the VM that a marker was written in, wherever it runs now, has all of it on its own disk. */
function holds(bench: Bench, lab: RunningLab, name: string, content: string): boolean {
  const marker = lab.marker(name);
  assert.ok(marker);
  const machine = lab.machine(bench.vm(marker.vm));
  assert.ok(machine, `${marker.vm} runs nowhere`);
  let found: Payload | undefined;
  machine.read(0, marker.offset, marker.size, (error, payload) => {
    assert.equal(error, undefined);
    found = payload;
  });
  lab.run(lab.now + 10 * second);
  return found !== undefined && samePayload(found, syntheticPayload(content, marker.size, 0));
}

type Harm = (bench: Bench, lab: RunningLab) => void;

const harms: readonly (readonly [string, Harm])[] = [
  [
    'the ZVM that commits crashes',
    (bench) => {
      bench.power('DR_Site/zvm', 'crash');
    },
  ],
  [
    'a recovery VRA crashes',
    (bench) => {
      bench.power('DR_Site/esx-d1/vra', 'crash');
    },
  ],
  [
    'a recovery host crashes',
    (bench) => {
      bench.power('DR_Site/esx-d1', 'crash');
    },
  ],
  [
    'the recovery site loses power',
    (bench) => {
      bench.power('DR_Site', 'reboot');
    },
  ],
  [
    'the protected site is cut off',
    (bench, lab) => {
      lab.cutLink(bench.link('control-link'));
    },
  ],
  [
    'a recovery VRA is broken and deployed anew',
    (bench, lab) => {
      const host = bench.site('DR_Site').hosts.get('esx-d1');
      assert.ok(host);
      lab.snapshotVra(host);
      lab.universe.schedule(lab.universe.now + 20 * second, () => {
        lab.request(bench.site('DR_Site'), { kind: 'install-vra', host: 'esx-d1' });
      });
    },
  ],
];

describe('a commit', () => {
  let length = 0;

  before(() => {
    const { bench, lab } = beforeCommit(false);
    const begun = lab.now;
    commit({ bench, lab });
    length = lab.now - begun;
    assert.ok(length > 0 && length < minute, `${length} ms`);
  });

  for (const [what, harm] of harms) {
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      it(`ends though ${what} after ${share * 100} % of it`, function () {
        this.timeout(60_000);
        const { bench, lab } = beforeCommit(false);
        lab.universe.schedule(lab.universe.now + Math.floor(share * length), () => {
          harm(bench, lab);
        });
        commit({ bench, lab });
        lab.run(15 * minute);
        lab.healLink(bench.link('control-link'));
        lab.run(20 * minute);
        for (const { status, subStatus } of lab.snapshot().vpgs) {
          assert.deepEqual([status, subStatus], ['Recovered', 'NeedsConfiguration']);
        }
        const [failover] = lab.snapshot().operations.filter(({ verb }) => verb === 'failover');
        assert.equal(failover?.outcome, 'committed');
        // The recovered VMs have these bytes on disks of their own.
        for (const [index, name] of ['kept', 'kept-too'].entries()) {
          assert.ok(holds(bench, lab, name, `marker ${index + 1}`), name);
        }
      });
    }
  }

  it('ends though the VRA that had promoted is deployed anew, and the ZVM has not heard of it', function () {
    this.timeout(60_000);
    const { bench, lab } = beforeCommit(false);
    const host = bench.site('DR_Site').hosts.get('esx-d1');
    assert.ok(host);
    const later = (delay: number, run: () => void): void => {
      lab.universe.schedule(lab.universe.now + delay, run);
    };
    // DB01 cannot be promoted, so the commit lasts, and all of it is asked for again by the next life of the ZVM.
    later(0, () => {
      bench.power('DR_Site/esx-d2/vra', 'powerOff');
    });
    later(10 * second, () => {
      bench.power('DR_Site/zvm', 'crash');
    });
    later(11 * second, () => {
      lab.snapshotVra(host);
    });
    later(90 * second, () => {
      lab.request(bench.site('DR_Site'), { kind: 'install-vra', host: 'esx-d1' });
    });
    later(200 * second, () => {
      bench.power('DR_Site/esx-d2/vra', 'powerOn');
    });
    commit({ bench, lab });
    lab.run(lab.now + 10 * minute);
    assert.equal(bench.vpg().status, 'Recovered');
    assert.ok(holds(bench, lab, 'kept', 'marker 1'));
    assert.ok(holds(bench, lab, 'kept-too', 'marker 2'));
  });
});
