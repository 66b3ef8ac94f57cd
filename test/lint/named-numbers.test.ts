/** A rule that judges a size names the number that would do: put in, it silences the rule, and the plan agrees. */
import assert from 'node:assert/strict';
import { applyEdits } from '../../src/lint/fix.ts';
import type { Rule } from '../../src/lint/rule.ts';
import { datastoreFloor } from '../../src/lint/rules/journal/datastore-floor.ts';
import { hardLimit } from '../../src/lint/rules/journal/hard-limit.ts';
import { bandwidthShort } from '../../src/lint/rules/link/bandwidth-short.ts';
import { throttleRpo } from '../../src/lint/rules/link/throttle-rpo.ts';
import { datastoreCapacity } from '../../src/lint/rules/recovery/datastore-capacity.ts';
import { bufferShort } from '../../src/lint/rules/vra/buffer-short.ts';
import { datastoreSpace } from '../../src/lint/rules/vra/datastore-space.ts';
import { planOf, type Plan } from '../../src/report/plan.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { parseSize } from '../../src/topology/quantities.ts';
import { lab, type LabParts } from './lab.ts';
import { findingsOf } from './testing.ts';

const joins = 'joins: [Prod_Site/isolated, DR_Site/isolated]\n';
const bursting = `FS01:
  host: esx-p1
  changeRate: 2MiB/s
  burst: { rate: 40MiB/s, for: 10m, every: 24h }
  nics: { eth0: { network: isolated, address: 192.168.100.50/24 } }
  disks: { system: { size: 40GiB, datastore: ds-p1 } }`;
const vraOf = (memory: string) =>
  `esx-p1:\n  vra: { memory: ${memory}, datastore: ds-p1, network: isolated, address: 192.168.100.21/24, gateway: 192.168.100.1 }`;

const load = (text: string) => {
  const loaded = loadTopology(text, 'test.dr.yaml');
  assert.deepEqual(
    loaded.problems.map(({ message }) => message),
    [],
  );
  return loaded.topology;
};
const planned = (text: string): Plan => planOf(load(text));

interface Case {
  readonly rule: Rule;
  /** The topology with the number that is judged. */
  readonly parts: (number: string) => LabParts;
  readonly short: string;
  readonly says: RegExp;
  /** Whether the message says how much more it takes, and not how much in all. */
  readonly more?: boolean;
  /** The same in the plan, where the plan has it. */
  readonly fits?: (plan: Plan) => boolean;
}

const datastores = (plan: Plan): boolean =>
  plan.datastores.filter(({ site }) => site === 'DR_Site').every(({ fits }) => fits);

const cases: readonly Case[] = [
  {
    rule: hardLimit,
    parts: (limit) => ({ vpg: `journal: { history: 4h, hardLimit: ${limit} }` }),
    short: '20GiB',
    says: / (\S+) would do\.$/,
    fits: ({ vpgs }) => vpgs.every(({ vms }) => vms.every(({ journalFits }) => journalFits)),
  },
  {
    rule: bufferShort,
    parts: (memory) => ({ prodHosts: vraOf(memory), prodVms: bursting }),
    short: '3GiB',
    says: / (\S+) of memory would do/,
    fits: ({ buffers }) => buffers.every(({ fits, role }) => fits || role === 'receiving'),
  },
  {
    rule: bandwidthShort,
    parts: (bandwidth) => ({ link: `${joins}bandwidth: ${bandwidth}` }),
    short: '6Mbit/s',
    says: / (\S+) would do\.$/,
    fits: ({ links }) => links.every(({ fits }) => fits),
  },
  {
    rule: throttleRpo,
    parts: (rate) => ({
      link: `${joins}bandwidth: 100Mbit/s\nthrottle: [{ from: "08:00", to: "18:00", rate: ${rate} }]`,
    }),
    short: '5Mbit/s',
    says: / (\S+) in the window would keep up\.$/,
    fits: ({ links }) => links.every(({ slowest, wire }) => slowest >= wire),
  },
  {
    rule: datastoreFloor,
    parts: (free) => ({ drDatastores: `ds-d1: { capacity: 1TiB, free: ${free} }` }),
    short: '200GiB',
    says: / (\S+) more would do/,
    more: true,
    fits: datastores,
  },
  {
    // The floor grows with the capacity, and is counted in.
    rule: datastoreFloor,
    parts: (capacity) => ({
      drDatastores: `ds-d1: { capacity: ${capacity} }`,
      prodVms: bursting.replace('40GiB, datastore', '900GiB, datastore'),
    }),
    short: '1400GiB',
    says: / (\S+) more would do/,
    more: true,
    fits: datastores,
  },
  {
    rule: datastoreCapacity,
    parts: (capacity) => ({ drDatastores: `ds-d1: { capacity: ${capacity} }` }),
    short: '100GiB',
    says: / (\S+) more would do/,
    more: true,
    fits: datastores,
  },
  {
    rule: datastoreSpace,
    parts: (free) => ({ prodDatastores: `ds-p1: { capacity: 4TiB, free: ${free} }` }),
    short: '3GiB',
    says: / (\S+) more would do\.$/,
    more: true,
  },
];

function sum(one: string, other: string): string {
  const [left, right] = [parseSize(one), parseSize(other)];
  assert.ok(left.ok && right.ok);
  return `${(left.value + right.value) / 2 ** 30}GiB`;
}

describe('the number that a message names', () => {
  for (const { rule, parts, short, says, more = false, fits } of cases) {
    it(`${rule.name}: silences the rule, and the plan agrees (from ${short})`, () => {
      const before = lab(parts(short));
      const [finding, ...others] = findingsOf(rule, before);
      assert.ok(finding, 'silent before');
      assert.deepEqual(others, []);
      const named = says.exec(finding.message)?.[1];
      assert.ok(named !== undefined, finding.message);
      const after = lab(parts(more ? sum(short, named) : named));
      assert.deepEqual(
        findingsOf(rule, after).map(({ message }) => message),
        [],
      );
      if (fits) {
        assert.equal(fits(planned(before)), false);
        assert.equal(fits(planned(after)), true);
      }
      for (const fix of finding.fixes) {
        assert.deepEqual(findingsOf(rule, applyEdits(before, fix.edits)), [], fix.title);
      }
    });
  }
});
