import assert from 'node:assert/strict';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import type { Topology } from '../../../src/topology/model.ts';
import { Bench, refused, second, twoSites } from '../fixtures/labs.ts';

const block = 4096;
const rounds = 300;

/**
 * The second host stands in an annex whose link delays what the ZVM tells its VRA: the hosts never cut
 * at the same moment.
 */
function withAnnex(): Topology {
  return twoSites(
    [/changeRate: 16KiB\/s/, 'changeRate: 0MiB/s'],
    [/changeRate: 16KiB\/s/, 'changeRate: 0MiB/s'],
    [
      'data: { cidr: 10.1.2.0/24 }',
      'data: { cidr: 10.1.2.0/24 }\n      annex: { cidr: 10.1.3.0/24 }',
    ],
    [
      '- { between: [control, data], allow: [443] }',
      '- { between: [control, data], allow: [443] }\n' +
        '      - { between: [data, annex], allow: [443] }\n' +
        '      - { between: [control, annex], allow: [443] }',
    ],
    [
      '- { to: 10.2.2.0/24, via: 10.1.2.1, nic: data, persistent: true }',
      '- { to: 10.2.2.0/24, via: 10.1.2.1, nic: data, persistent: true }\n' +
        '        - { to: 10.1.3.0/24, via: 10.1.2.1, nic: data, persistent: true }',
    ],
    [
      'network: data, address: 10.1.2.22/24, gateway: 10.1.2.1',
      'network: annex, address: 10.1.3.22/24, gateway: 10.1.3.1',
    ],
    [
      'links:\n',
      'links:\n  annex-link:\n    joins: [Prod_Site/data, Prod_Site/annex]\n' +
        '    bandwidth: 1Gbit/s\n    latency: 5ms\n',
    ],
    [
      '- { to: 10.1.2.0/24, via: 10.2.2.1, nic: data, persistent: true }',
      '- { to: 10.1.2.0/24, via: 10.2.2.1, nic: data, persistent: true }\n' +
        '        - { to: 10.1.3.0/24, via: 10.2.2.1, nic: data, persistent: true }',
    ],
  );
}

describe('Write order across hosts: a checkpoint that holds B holds A, which B depends on', () => {
  it(`in every one of ${rounds} checkpoints, whatever the delay between the hosts`, function () {
    this.timeout(120_000);
    const bench = new Bench(withAnnex());
    const { lab } = bench;
    assert.ok(lab instanceof RunningLab);
    const first = lab.machine(bench.vm('FS01'));
    const other = lab.machine(bench.vm('DB01'));
    assert.ok(first && other);

    // A counter that jumps from one host to the other: B writes n only when A's n is done, and A goes
    // on to n + 1 only when B's n is done.
    let count = 0;
    let stopped = false;
    const step = (): void => {
      if (stopped) return;
      count += 1;
      first.write(0, 0, numbered(count), () => {
        other.write(0, 0, numbered(count), step);
      });
    };
    let apart = 0;
    for (let round = 1; round <= rounds; round++) {
      lab.degradeLink(bench.link('annex-link'), { latency: (round * 7) % 31 });
      const tick = round * 5 * second;
      lab.run(tick + 8);
      stopped = false;
      step();
      lab.run(tick + 60);
      stopped = true;
    }
    lab.run((rounds + 2) * 5 * second);
    assert.ok(count > rounds * 5, `only ${count} writes: the hosts stood still`);

    const { runs } = bench.vpg().checkpoints;
    let seen = 0;
    let last = 0;
    for (const { firstId, count: length } of runs) {
      for (let id = firstId; id < firstId + length; id++) {
        const { images } = bench.tested({ kind: 'id', id });
        const a = numberIn(lab.readImage(images['FS01/data'] ?? '', 'data', 0, block).bytes());
        const b = numberIn(lab.readImage(images['DB01/data'] ?? '', 'data', 0, block).bytes());
        bench.stop();
        assert.ok(a === b || a === b + 1, `checkpoint ${id} holds B${b} and A${a}`);
        if (a !== b) apart += 1;
        assert.ok(a >= last, `checkpoint ${id} is older than the one before it`);
        last = a;
        seen += 1;
      }
    }
    assert.ok(seen > rounds * 0.9, `only ${seen} checkpoints came off`);
    assert.ok(apart > 0, 'the cut never fell between A and B, so nothing was put to the test');
    refused(bench.test({ kind: 'id', id: 1 }));
  });
});

function numbered(value: number): ReturnType<typeof bytesPayload> {
  const bytes = new Uint8Array(block);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytesPayload(bytes);
}

function numberIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
