/** Leaves for IPv4 addresses and ports. */
import { z } from 'zod';
import { formatCidr, networkOf, parseCidr, parseInterfaceAddress, parseIpv4 } from '../address.ts';
import type { Cidr, InterfaceAddress, Ipv4 } from '../address.ts';
import { fault, leaf, read, whole, wrongType } from './leaf.ts';
import type { Fault, Reading, Written } from './leaf.ts';

const octet = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const dotted = `${octet}(?:\\.${octet}){3}`;
const prefix = String.raw`/(?:3[0-2]|[12]?\d)`;
const addressPattern = new RegExp(`^${dotted}$`);
const prefixedPattern = new RegExp(`^${dotted}${prefix}$`);
const interfacePattern = new RegExp(`^(?:${dotted}${prefix}|dhcp)$`);

function bad(written: Written, takes: string, hint = ''): { ok: false; fault: Fault } {
  if (typeof written.value !== 'string') return wrongType(written, takes);
  const shown = written.value.slice(0, 60);
  const v6 = shown.includes(':') ? ' IPv6 is not supported: replication runs over IPv4.' : '';
  return fault('schema/bad-address', `"${shown}" is not ${takes}.${hint}${v6}`);
}

/** An address without a prefix, such as `10.1.0.1`. */
export function ipv4(description: string): z.ZodType<Ipv4> {
  const takes = 'an IPv4 address such as 10.1.0.1';
  return leaf(
    z.string().regex(addressPattern),
    { description, examples: ['10.1.0.1'] },
    {
      takes,
      read: (written) => {
        const address = parseIpv4(written.source);
        if (address !== undefined) return read(address);
        const bare = written.source.split('/')[0] ?? '';
        if (parseInterfaceAddress(written.source) && parseIpv4(bare) !== undefined) {
          const message = `"${written.source}" has a prefix; an address alone is wanted here.`;
          return fault('schema/bad-address', message, [bare]);
        }
        return bad(written, takes);
      },
    },
  );
}

/** A range of addresses, such as `10.1.0.0/24`. */
export function cidr(description: string): z.ZodType<Cidr> {
  const takes = 'a range such as 10.1.0.0/24';
  return leaf(
    z.string().regex(prefixedPattern),
    { description, examples: ['10.1.0.0/24'] },
    {
      takes,
      read: (written) => {
        const range = parseCidr(written.source);
        if (range) return read(range);
        const host = parseInterfaceAddress(written.source);
        if (host) {
          const meant = formatCidr(networkOf(host));
          const message = `"${written.source}" has bits set beyond its prefix; the range is ${meant}.`;
          return fault('schema/bad-address', message, [meant]);
        }
        if (parseIpv4(written.source) === undefined) return bad(written, takes);
        const meant = networkOf({ address: parseIpv4(written.source) ?? 0, prefix: 24 });
        return fault(
          'schema/bad-address',
          `"${written.source}" has no prefix; a range is written like 10.1.0.0/24.`,
          [formatCidr(meant)],
        );
      },
    },
  );
}

function readInterface(written: Written, takes: string): Reading<InterfaceAddress> {
  const address = parseInterfaceAddress(written.source);
  if (address) return read(address);
  if (parseIpv4(written.source) === undefined) return bad(written, takes);
  return fault(
    'schema/bad-address',
    `"${written.source}" has no prefix; the size of its network belongs to it, as in ${written.source}/24.`,
    [`${written.source}/24`],
  );
}

/** An address with the size of its network, such as `10.1.0.20/24`. */
export function interfaceAddress(description: string): z.ZodType<InterfaceAddress> {
  const takes = 'an address with its prefix, such as 10.1.0.20/24';
  return leaf(
    z.string().regex(prefixedPattern),
    { description, examples: ['10.1.0.20/24'] },
    { takes, read: (written) => readInterface(written, takes) },
  );
}

/** An address with the size of its network, or the word `dhcp`. */
export function interfaceAddressOrDhcp(description: string): z.ZodType<InterfaceAddress | 'dhcp'> {
  const takes = 'an address with its prefix, such as 10.1.0.20/24, or dhcp';
  return leaf<InterfaceAddress | 'dhcp'>(
    z.string().regex(interfacePattern),
    { description, examples: ['10.1.0.20/24', 'dhcp'] },
    {
      takes,
      read: (written) => {
        if (written.value === 'dhcp') return read('dhcp');
        if (written.source.toLowerCase() === 'dhcp') {
          return fault('schema/bad-address', `"${written.source}" is not ${takes}.`, ['dhcp']);
        }
        return readInterface(written, takes);
      },
    },
  );
}

/** A TCP or UDP port. */
export function port(): z.ZodType<number> {
  return whole({ min: 1, max: 65535 }, 'A TCP port, 1 to 65535.', [443]);
}
