/** IPv4 addresses as numbers. The field replicates over IPv4 only, and so does this language. */

/** An address as an unsigned 32-bit number. */
export type Ipv4 = number;

/** A range of addresses: `network` has no bits set beyond `prefix`. */
export interface Cidr {
  readonly network: Ipv4;
  /** 0 to 32. */
  readonly prefix: number;
}

/** An address together with the size of the network that it lives in, as in `10.1.0.20/24`. */
export interface InterfaceAddress {
  readonly address: Ipv4;
  readonly prefix: number;
}

const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Reads `10.1.0.20`; undefined where the text is no IPv4 address. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const match = dotted.exec(text);
  if (!match) return undefined;
  let address = 0;
  for (const octet of match.slice(1)) {
    const value = Number(octet);
    if (value > 255) return undefined;
    address = address * 256 + value;
  }
  return address;
}

/** Reads `10.1.0.20/24`; undefined where the text is no address with a prefix. */
export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const [address, prefix, ...rest] = text.split('/');
  if (address === undefined || prefix === undefined || rest.length > 0) return undefined;
  if (!/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return undefined;
  const parsed = parseIpv4(address);
  return parsed === undefined ? undefined : { address: parsed, prefix: Number(prefix) };
}

/** The range that an interface address lives in. */
export function networkOf(address: InterfaceAddress): Cidr {
  return { network: (address.address & maskOf(address.prefix)) >>> 0, prefix: address.prefix };
}

/** Reads `10.1.0.0/24`; undefined where it is none or has bits set beyond the prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const parsed = parseInterfaceAddress(text);
  if (!parsed) return undefined;
  const range = networkOf(parsed);
  return range.network === parsed.address ? range : undefined;
}

/** The netmask of a prefix, as an address. */
export function maskOf(prefix: number): Ipv4 {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

/** The last address of a range. */
export function broadcastOf(range: Cidr): Ipv4 {
  return (range.network | ~maskOf(range.prefix)) >>> 0;
}

export function contains(range: Cidr, address: Ipv4): boolean {
  return (address & maskOf(range.prefix)) >>> 0 === range.network;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.prefix <= b.prefix ? contains(a, b.network) : contains(b, a.network);
}

export function formatIpv4(address: Ipv4): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

export function formatCidr(range: Cidr): string {
  return `${formatIpv4(range.network)}/${range.prefix}`;
}
