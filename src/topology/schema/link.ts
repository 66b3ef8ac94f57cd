/** What joins two sites. */
import type { z } from 'zod';
import { minWanBandwidth } from '../limits.ts';
import { formatRate } from '../quantities.ts';
import { flag } from './leaf.ts';
import { networkPath } from './names.ts';
import { duration, percent, rate, timeOfDay } from './quantity.ts';
import { listOf, pairOf, section } from './section.ts';
import { allowedPorts, mtu, mtuNumber } from './site.ts';
import { sourced } from './sourced.ts';

const throttleWindow = section('a throttle window', 'A time of day with less bandwidth.', {
  from: timeOfDay('When it begins.'),
  to: timeOfDay('When it ends; before `from` where it runs over midnight.'),
  rate: rate('What replication may take of the link meanwhile.', ['40Mbit/s']),
});

export const linkSchema = section('a link', 'A link between networks of two sites.', {
  joins: pairOf('a pair of networks', 'The two networks that it joins.', networkPath()),
  bandwidth: sourced(
    rate('What it carries in either direction. At least 5Mbit/s.', ['100Mbit/s']),
    {
      least: formatRate(minWanBandwidth),
      source: "the product's documentation of its initial configuration",
      rule: 'link/bandwidth-minimum',
    },
  ),
  latency: duration('The time that a packet takes one way. 0 unless given.', ['12ms']).prefault(0),
  loss: percent('The share of packets that are lost. 0 unless given.', ['0.5%']).prefault(0),
  mtu: sourced(
    mtu('The largest packet that it carries, in bytes. 1500 unless given.').prefault(1500),
    mtuNumber,
  ),
  nat: flag('Whether it translates addresses, which replication does not survive.').prefault(false),
  allow: allowedPorts(
    'What passes: `any`, or the TCP ports that connections may be opened to. any unless given.',
  ).prefault('any'),
  throttle: listOf(
    'the throttle windows',
    'Times of day at which replication may take less. A window covers data only, never control.',
    throttleWindow,
  ).prefault([]),
});

export type LinkFile = z.output<typeof linkSchema>;
