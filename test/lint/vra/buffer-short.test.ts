import assert from 'node:assert/strict';
import { bufferShort } from '../../../src/lint/rules/vra/buffer-short.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const host = (memory: string): string =>
  `esx-p1:\n  vra: { memory: ${memory}, datastore: ds-p1, network: isolated, address: 192.168.100.21/24 }`;

const bursting = (burst: string, changeRate = '2MiB/s'): string =>
  `FS01:\n  host: esx-p1\n  changeRate: ${changeRate}\n  burst: ${burst}\n  disks: { system: { size: 40GiB, datastore: ds-p1 } }`;

const large = bursting('{ rate: 40MiB/s, for: 10m, every: 24h }');

describe('vra/buffer-short', () => {
  it('VRA-11: says nothing where nothing bursts', () => {
    expectNothing(bufferShort, lab());
  });

  it('VRA-11: says when 90 % are full and which memory or bandwidth would do', () => {
    // 100 Mbit/s are 12.5 MB/s, at 2:1 25 MB/s = 23.84 MiB/s of the 40 written: 16.16 MiB/s stay,
    // 9695 MiB in 600 s. 3 GiB leave a buffer of 2509 MiB, of which 2258 are full after 139.8 s.
    // 9695 / 0.9 + 563 = 11335 MiB, which is 12 GiB. 20 MiB/s on the wire are 168 Mbit/s.
    expectFindings(bufferShort, lab({ prodHosts: host('«3GiB»'), prodVms: large }), [
      /^The burst of FS01 fills the buffer of the VRA on esx-p1 after 2m20s: .*12GiB of memory would do, or 168Mbit\/s on mpls\.$/,
    ]);
  });

  it('VRA-11: is silent with the memory that it names, and the fix writes it', () => {
    const parts = (memory: string) => lab({ prodHosts: host(memory), prodVms: large });
    expectFix(
      bufferShort,
      parts('«3GiB»'),
      parts('12GiB'),
      'Give the VRA on esx-p1 12GiB of memory',
    );
    expectFindings(bufferShort, parts('«11GiB»'));
  });

  it('VRA-11: is silent with the bandwidth that it names', () => {
    expectNothing(
      bufferShort,
      lab({
        prodHosts: host('3GiB'),
        prodVms: large,
        link: 'joins: [Prod_Site/isolated, DR_Site/isolated]\nbandwidth: 168Mbit/s',
      }),
    );
  });

  it('counts without compression where the VPG does not compress', () => {
    // 12.5 MB/s = 11.92 MiB/s of 40: 28.08 stay, and 2258 MiB are full after 80 s.
    expectFindings(
      bufferShort,
      lab({ prodHosts: host('«3GiB»'), prodVms: large, vpg: 'compression: false' }),
      [/ after 1m20s: /],
    );
  });

  it('takes the link at its slowest time of day', () => {
    // 40 Mbit/s are 5 MB/s, at 2:1 9.54 MiB/s: 30.46 stay, and 2258 MiB are full after 74 s.
    expectFindings(
      bufferShort,
      lab({
        prodHosts: host('«3GiB»'),
        prodVms: large,
        link:
          'joins: [Prod_Site/isolated, DR_Site/isolated]\nbandwidth: 100Mbit/s\n' +
          'throttle: [{ from: "08:00", to: "18:00", rate: 40Mbit/s }]',
      }),
      [/ after 1m14s: .*40Mbit\/s while it is throttled/],
    );
  });

  it('lets bursts of one host fall together, the shorter one ending first', () => {
    // Both write 20 MiB/s: together 16.16 MiB/s stay behind for 1 min (970 MiB). Then FS02 alone
    // writes 20 beside the 2 of FS01, which the link takes.
    const two = (every: string) =>
      lab({
        prodHosts: host(every),
        prodVms:
          'FS01: { host: esx-p1, changeRate: 2MiB/s, burst: { rate: 20MiB/s, for: 1m, every: 24h } }\n' +
          'FS02: { host: esx-p1, changeRate: 2MiB/s, burst: { rate: 20MiB/s, for: 2m, every: 24h } }',
        protectedVms:
          'FS01: { recoveryHost: esx-d1, datastore: ds-d1 }\nFS02: { recoveryHost: esx-d1, datastore: ds-d1 }',
      });
    expectNothing(bufferShort, two('2GiB'));
    expectFindings(bufferShort, two('«1GiB»'), [
      /^The bursts of FS01 and FS02 fill .* after 26s: .*2GiB of memory would do/,
    ]);
  });

  it('shares the link with the change rate of the other hosts', () => {
    const [finding] = expectFindings(
      bufferShort,
      lab({
        prodHosts: `${host('«3GiB»')}\nesx-p2:\n  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.22/24 }`,
        prodVms: `${large}\nDB01: { host: esx-p2, changeRate: 8MiB/s }`,
        protectedVms:
          'FS01: { recoveryHost: esx-d1, datastore: ds-d1 }\nDB01: { recoveryHost: esx-d1, datastore: ds-d1 }',
      }),
    );
    // The 4 MiB/s of DB01 on the wire leave 7.92 of 11.92: 15.84 of 40, so 24.16 stay: 93 s.
    assert.match(finding?.message ?? '', / after 1m33s: /);
  });

  it('says that no memory would do where the buffer is not empty before the next burst', () => {
    const [finding] = expectFindings(
      bufferShort,
      lab({
        prodHosts: host('«3GiB»'),
        prodVms: bursting('{ rate: 40MiB/s, for: 10m, every: 15m }', '20MiB/s'),
      }),
      [
        /No memory would do, for the buffer is not empty again before the next burst: it takes 168Mbit\/s on mpls\.$/,
      ],
    );
    assert.deepEqual(finding?.fixes, []);
  });

  it('says nothing about a burst that no VPG protects', () => {
    expectNothing(
      bufferShort,
      lab({
        prodHosts: host('1GiB'),
        prodVms: `${large.replace('FS01', 'WEB')}\nFS01: { host: esx-p1, changeRate: 2MiB/s }`,
      }),
    );
  });

  it('VRA-11: finds a receiving VRA whose 75 % do not hold one checkpoint interval', () => {
    // 200 MiB/s arrive as 100; 75 % of 461 MiB are 345.75, full after 3.458 s. Five seconds are
    // 500 MiB: 500 / 0.75 + 563 = 1230 MiB, which is 2 GiB.
    const parts = (memory: string) =>
      lab({
        prodHosts: host('64GiB'),
        prodVms: bursting('{ rate: 200MiB/s, for: 1m, every: 24h }'),
        drHosts: `esx-d1:\n  vra: { memory: ${memory}, datastore: ds-d1, network: isolated, address: 10.10.10.21/24 }`,
        link: 'joins: [Prod_Site/isolated, DR_Site/isolated]\nbandwidth: 10Gbit/s',
      });
    expectFindings(bufferShort, parts('«1GiB»'), [
      /^Up to 100MiB\/s arrive at the VRA on esx-d1 .* full after 3s458ms .*2GiB of memory would hold one\.$/,
    ]);
    expectFix(bufferShort, parts('«1GiB»'), parts('2GiB'));
  });

  it('leaves a VRA with less memory than it needs at all to vra/memory', () => {
    expectNothing(bufferShort, lab({ prodHosts: host('512MiB'), prodVms: large }));
  });
});
