import assert from 'node:assert/strict';
import { bandwidthMinimum } from '../../../src/lint/rules/link/bandwidth-minimum.ts';
import { bandwidthShort } from '../../../src/lint/rules/link/bandwidth-short.ts';
import { throttleRpo } from '../../../src/lint/rules/link/throttle-rpo.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const joins = 'joins: [Prod_Site/isolated, DR_Site/isolated]';
const withLink = (rest: string, vpg = 'rpo: 5m'): string => lab({ link: `${joins}\n${rest}`, vpg });

describe('link/bandwidth-minimum', () => {
  it('finds a link below 5 Mbit/s, and plans the least', () => {
    expectFindings(bandwidthMinimum, withLink('bandwidth: «4Mbit/s»'), [
      /^mpls carries 4Mbit\/s\. Replication needs at least 5Mbit\/s/,
    ]);
    expectFix(bandwidthMinimum, withLink('bandwidth: «4Mbit/s»'), withLink('bandwidth: 5Mbit/s'));
  });

  it('is content with 5 Mbit/s', () => {
    expectNothing(bandwidthMinimum, withLink('bandwidth: 5Mbit/s'));
  });
});

describe('link/bandwidth-short', () => {
  // 2 MiB/s are 16.777 Mbit/s, 8.389 compressed; with 5 on top 13.389.
  it('says what the VPGs put on the link, and the bandwidth that would do', () => {
    expectFindings(bandwidthShort, withLink('bandwidth: «13Mbit/s»'), [
      /^file-server puts 8\.4Mbit\/s on mpls from Prod_Site\/isolated to DR_Site\/isolated .*: 13\.4Mbit\/s, but it carries 13Mbit\/s\. It keeps up .* 14Mbit\/s would do\.$/,
    ]);
    expectFindings(bandwidthShort, withLink('bandwidth: «8Mbit/s»'), [/The backlog only grows/]);
  });

  it('is silent with the bandwidth that it names, and the fix plans it', () => {
    expectFix(
      bandwidthShort,
      withLink('bandwidth: «13Mbit/s»'),
      withLink('bandwidth: 14Mbit/s'),
      'Plan 14Mbit/s for mpls',
    );
  });

  it('counts without compression where the VPG does not compress', () => {
    const plain = (bandwidth: string) => withLink(`bandwidth: ${bandwidth}`, 'compression: false');
    expectFindings(bandwidthShort, plain('«21Mbit/s»'), [/ 22Mbit\/s would do\.$/]);
    expectNothing(bandwidthShort, plain('22Mbit/s'));
  });

  it('spreads bursts over the time between them', () => {
    // 18 MiB/s more for a tenth of the time: 3.8 MiB/s on average, 15.94 Mbit/s on the wire.
    const bursting = (bandwidth: string) =>
      lab({
        link: `${joins}\nbandwidth: ${bandwidth}`,
        prodVms:
          'FS01: { host: esx-p1, changeRate: 2MiB/s, burst: { rate: 20MiB/s, for: 1h, every: 10h } }',
      });
    expectFindings(bandwidthShort, bursting('«20Mbit/s»'), [/puts 15\.9Mbit\/s/]);
    expectNothing(bandwidthShort, bursting('21Mbit/s'));
  });

  it('judges each direction for itself', () => {
    const back = (bandwidth: string): string =>
      withLink(`bandwidth: ${bandwidth}`)
        .replace('\nlinks:', '    vms:\n      BACK: { host: esx-d1, changeRate: 2MiB/s }\n\nlinks:')
        .concat(
          '  back:\n    from: DR_Site\n    to: Prod_Site\n    vms:\n      BACK: { recoveryHost: esx-p1, datastore: ds-p1 }\n',
        );
    expectNothing(bandwidthShort, back('14Mbit/s'));
  });
});

describe('link/throttle-rpo', () => {
  const throttled = (rate: string, from = '08:00', to = '18:00', rpo = '5m') =>
    withLink(
      `bandwidth: 100Mbit/s\nthrottle: [{ from: "${from}", to: "${to}", rate: ${rate} }]`,
      `rpo: ${rpo}`,
    );

  it('says when the RPO is missed, how far behind the end of the window is, and what would do', () => {
    // 6 of 8.389 Mbit/s are sent: 28.5 % stay, 17 s a minute. 5 m are lost after 17.6 m, 2 h 51 m at
    // the end of ten hours.
    expectFindings(throttleRpo, throttled('«6Mbit/s»'), [
      'From 08:00 to 18:00 mpls gives replication 6Mbit/s, and the VPGs put 8.4Mbit/s on it. What is sent falls behind by 17s a minute: after 18m file-server misses its RPO of 5m, and at the end of the window it is 2h51m behind. 9Mbit/s in the window would keep up.',
    ]);
    expectFix(
      throttleRpo,
      throttled('«6Mbit/s»'),
      throttled('9Mbit/s'),
      'Raise the rate to 9Mbit/s',
    );
  });

  it('is content where the window ends before the RPO is missed', () => {
    expectNothing(throttleRpo, throttled('6Mbit/s', '08:00', '08:17'));
    expectFindings(throttleRpo, throttled('«6Mbit/s»', '08:00', '08:19'));
    expectNothing(throttleRpo, throttled('6Mbit/s', '08:00', '18:00', '3h'));
  });

  it('follows a window over midnight', () => {
    const [finding] = expectFindings(throttleRpo, throttled('«6Mbit/s»', '22:00', '04:00'));
    assert.match(finding?.message ?? '', /From 22:00 to 04:00 .* 1h43m behind/);
  });

  it('leaves a link that is too narrow all day to link/bandwidth-short', () => {
    expectNothing(
      throttleRpo,
      withLink('bandwidth: 8Mbit/s\nthrottle: [{ from: "08:00", to: "18:00", rate: 6Mbit/s }]'),
    );
  });
});
