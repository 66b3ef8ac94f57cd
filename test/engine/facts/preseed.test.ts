import assert from 'node:assert/strict';
import { Bench, hour, mib, minute, second, twoSites } from '../fixtures/labs.ts';

/** Deploys at offset 0, after an hour of writes; bytes that crossed the wire until all is in sync. */
function wireBytes(preseed: boolean): { readonly sent: number; readonly seen: Set<string> } {
  const recovery = '{ recoveryHost: esx-d1, datastore: ds-d1 }';
  const seeded = '{ recoveryHost: esx-d1, datastore: ds-d1, preseed: [data] }';
  const topology = preseed ? twoSites([recovery, seeded]) : twoSites();
  const bench = new Bench(topology, { begin: 'new', warmUp: hour });
  const { lab } = bench;
  lab.run(hour - minute);
  bench.write('FS01', 'before', 16 * mib);
  lab.run(hour);
  lab.setOrigin();
  bench.write('FS01', 'after', 4 * mib);
  lab.run(10 * second);
  for (const site of ['Prod_Site', 'DR_Site']) {
    lab.request(bench.site(site), { kind: 'enter-license' });
    for (const host of bench.site(site).hosts.keys()) {
      lab.request(bench.site(site), { kind: 'install-vra', host });
    }
  }
  lab.request(bench.site('Prod_Site'), { kind: 'pair', site: 'DR_Site' });
  const created = lab.request(bench.site('Prod_Site'), { kind: 'create-vpg', vpg: 'shop' });
  assert.equal(created.result, 'success', JSON.stringify(created));
  const seen = new Set<string>();
  for (let at = 0; at < 200; at += 1) {
    lab.run(10 * second + at * 50);
    seen.add(bench.vpg().subStatus);
  }
  lab.run(2 * minute);
  assert.equal(bench.vpg().status, 'MeetingSLA');
  assert.equal(bench.finds('before'), 'whole');
  assert.equal(bench.finds('after'), 'whole');
  const { samples } = lab.timeline().rates.find(({ name }) => name === 'Prod_Site/esx-p1')!;
  const interval = (samples[1]?.at ?? 0) - (samples[0]?.at ?? 0);
  const sent = samples.reduce((sum, { transmit }) => sum + (transmit * interval) / second, 0);
  return { sent, seen };
}

describe('a preseeded disk', () => {
  it('is compared instead of sent: what the copy holds does not cross the wire again', function () {
    this.timeout(60_000);
    const whole = wireBytes(false);
    const seeded = wireBytes(true);
    // 16 KiB/s for an hour, and 16 MiB before the copy; half of it after compression.
    assert.ok(whole.sent > 20 * mib, `${whole.sent} bytes`);
    assert.ok(seeded.sent < 8 * mib, `${seeded.sent} bytes`);
    assert.ok(whole.seen.has('InitialSync'), [...whole.seen].join(' '));
    assert.ok(seeded.seen.has('InitialSync') || seeded.seen.has('DeltaSync'));
  });
});
