/** How lists of things read in a message. */
import type { FlowPort } from '../../../topology/flows.ts';

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly (string | number)[]): string {
  const words = items.map(String);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}

/** `port 443 (vCenter API)`, `ports 4007 (replication control) and 4008 (replication data)`. */
export function listedPorts(ports: readonly FlowPort[]): string {
  const items = ports.map(({ port, why }) => `${port} (${why})`);
  return `${items.length === 1 ? 'port' : 'ports'} ${listed(items)}`;
}

/** The first letter as a sentence begins. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `the VRA on esx-1`, `the VRA on esx-1 and 1 more`. */
export function andMore(first: string, all: number): string {
  return all > 1 ? `${first} and ${all - 1} more` : first;
}
