/** Addresses that could be meant: free ones in the range of a network, gateways, ranges of peers. */
import {
  broadcastOf,
  contains,
  formatIpv4,
  parseCidr,
  parseInterfaceAddress,
  parseIpv4,
  type Cidr,
  type Ipv4,
} from '../../topology/address.ts';
import type { Path } from '../../topology/document.ts';
import { solid, type TreeNode } from '../../topology/source/tree.ts';
import type { NameTree } from '../names/name-tree.ts';

export interface OfferedAddress {
  readonly text: string;
  readonly detail: string;
}

/** Free addresses that are offered: the next ones, not all of a /16. */
const mostFree = 5;

/** What fits into an address field at a path; empty where the network is not known. */
export function addressesFor(
  names: NameTree,
  root: TreeNode | undefined,
  path: Path,
): OfferedAddress[] {
  const field = path.at(-1);
  const site = siteOf(names, path);
  if (path[0] === 'sites' && path[3] === 'routes') return forRoute(names, path);
  if (site === undefined || (field !== 'address' && field !== 'gateway')) return [];
  const network = names.text([...path.slice(0, -1), 'network']);
  const ranges = rangesOf(names, site).filter(
    ({ name }) => network === undefined || name === network,
  );
  if (network === undefined && ranges.length > 1) return [];
  return ranges.flatMap(({ name, range }) => {
    const detail = `in ${site}/${name}`;
    if (field === 'gateway') {
      return [{ text: formatIpv4(range.network + 1), detail: `the first address ${detail}` }];
    }
    // Hosts and the vCenter have an address alone; NICs and VRAs say the size of their network, too.
    const bare = path[0] === 'sites' && path.length <= 5;
    return freeIn(range, usedIn(root, range)).map((address) => ({
      text: formatIpv4(address) + (bare ? '' : `/${range.prefix}`),
      detail: `free ${detail}`,
    }));
  });
}

/** The site whose networks are meant: a VPG's NICs are recovered at its recovery site. */
function siteOf(names: NameTree, path: Path): string | undefined {
  if (path[0] === 'sites') return path[1] === undefined ? undefined : String(path[1]);
  return path[0] === 'vpgs' ? names.text([...path.slice(0, 2), 'to']) : undefined;
}

function forRoute(names: NameTree, path: Path): OfferedAddress[] {
  const own = String(path[1]);
  if (path.at(-1) === 'to') {
    return names
      .keys(['sites'])
      .filter((site) => site !== own)
      .flatMap((site) =>
        rangesOf(names, site)
          // Nothing routes into a bubble.
          .filter(
            ({ name }) => names.text(['sites', site, 'networks', name, 'isolated']) !== 'true',
          )
          .map(({ name, text }) => ({ text, detail: `${site}/${name}` })),
      );
  }
  if (path.at(-1) !== 'via') return [];
  const nic = names.text([...path.slice(0, -1), 'nic']);
  const nics = names.keys(['sites', own, 'zvm', 'nics']);
  return nics
    .filter((name) => nic === undefined || name === nic)
    .flatMap((name) => {
      const network = names.text(['sites', own, 'zvm', 'nics', name, 'network']);
      const found = rangesOf(names, own).find((each) => each.name === network);
      return found
        ? [
            {
              text: formatIpv4(found.range.network + 1),
              detail: `the first address of the NIC ${name}'s network`,
            },
          ]
        : [];
    });
}

function rangesOf(names: NameTree, site: string): { name: string; text: string; range: Cidr }[] {
  return names.keys(['sites', site, 'networks']).flatMap((name) => {
    const text = names.text(['sites', site, 'networks', name, 'cidr']);
    const range = text === undefined ? undefined : parseCidr(text);
    return text !== undefined && range ? [{ name, text, range }] : [];
  });
}

/** Every address of the range that stands anywhere in the file. One walk over the tree. */
function usedIn(root: TreeNode | undefined, range: Cidr): Set<Ipv4> {
  const used = new Set<Ipv4>();
  const visit = (node: TreeNode): void => {
    if (node.kind === 'map') for (const { value } of node.entries.values()) visit(value);
    else if (node.kind === 'list') node.items.forEach(visit);
    else {
      const target = solid(node);
      if (target.kind !== 'scalar' || typeof target.value !== 'string') return;
      const address = parseIpv4(target.value) ?? parseInterfaceAddress(target.value)?.address;
      if (address !== undefined && contains(range, address)) used.add(address);
    }
  };
  if (root) visit(root);
  return used;
}

/** The free ones behind the highest that is used, then those before; the first is the router's. */
function freeIn(range: Cidr, used: ReadonlySet<Ipv4>): Ipv4[] {
  const first = range.network + 2;
  const last = broadcastOf(range) - 1;
  let highest = first - 1;
  for (const address of used) if (address <= last && address > highest) highest = address;
  const free: Ipv4[] = [];
  const look = (from: Ipv4, to: Ipv4): void => {
    for (let address = from; address <= to && free.length < mostFree; address++) {
      if (!used.has(address)) free.push(address);
    }
  };
  look(highest + 1, last);
  look(first, highest);
  return free;
}
