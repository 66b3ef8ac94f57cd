/**
 * The firewall matrix (NET-3): every connection that the deployment needs, and whether the network of
 * the file lets it through. Asks the model that the linter and the drills ask, too.
 */
import { formatCidr, formatIpv4 } from '../topology/address.ts';
import { flowsOf } from '../topology/flows.ts';
import type { Flow, FlowKind, Plane } from '../topology/flows.ts';
import type { Topology } from '../topology/model.ts';
import { endpointOfVra, reachabilityOf, targetNicOf } from '../topology/reachability.ts';
import type { Endpoint, EndpointNic } from '../topology/reachability.ts';
import { csvTable, textTable } from './table.ts';

export interface PortRow {
  readonly kind: FlowKind;
  readonly plane: Plane;
  /** Who opens the connection, such as `the ZVM of Prod_Site`. */
  readonly from: string;
  readonly fromSite: string;
  /** An address, the range where DHCP gives it, or empty where no NIC takes the packets. */
  readonly fromAddress: string;
  readonly to: string;
  readonly toSite: string;
  readonly toAddress: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  /** What the port carries. */
  readonly why: string;
  /** Whether it passes today. */
  readonly open: boolean;
  /** Where it stops, as a phrase; undefined where it passes. */
  readonly stoppedBy: string | undefined;
}

/** All rows, in the order of the flows: within each site, between ZVMs, between VRAs. */
export function portsOf(topology: Topology): readonly PortRow[] {
  const { reach } = reachabilityOf(topology);
  const byDhcp = dhcpVras(topology);
  const rows: PortRow[] = [];
  for (const flow of flowsOf(topology)) {
    const answer = reach(flow.from, flow.to, flow.port);
    const nic = answer.ok ? answer.nic : answer.stop.nic;
    rows.push({
      ...ofFlow(flow),
      fromAddress: addressOf(flow.from, nic, byDhcp),
      toAddress: addressOf(flow.to, targetNicOf(flow.from, flow.to), byDhcp),
      open: answer.ok,
      stoppedBy: answer.ok ? undefined : answer.stop.message,
    });
  }
  return rows;
}

function ofFlow({ kind, plane, from, to, port, protocol, why }: Flow) {
  return {
    kind,
    plane,
    from: from.label,
    fromSite: from.site.name,
    to: to.label,
    toSite: to.site.name,
    port,
    protocol,
    why,
  };
}

function dhcpVras(topology: Topology): ReadonlySet<Endpoint> {
  const found = new Set<Endpoint>();
  for (const site of topology.sites.values()) {
    for (const { vra } of site.hosts.values()) {
      const endpoint = vra?.address === 'dhcp' ? endpointOfVra(vra) : undefined;
      if (endpoint) found.add(endpoint);
    }
  }
  return found;
}

function addressOf(
  endpoint: Endpoint,
  nic: EndpointNic | undefined,
  byDhcp: ReadonlySet<Endpoint>,
): string {
  if (!nic) return '';
  return byDhcp.has(endpoint) ? formatCidr(nic.network.cidr) : formatIpv4(nic.address.address);
}

/** A table, what is closed below it with its reason, and a count. */
export function portsText(rows: readonly PortRow[]): string {
  if (rows.length === 0) return 'Nothing in this file has to talk to anything.\n';
  const head = ['from', 'address', 'to', 'address', 'port', 'why', ''];
  const table = textTable(
    head,
    rows.map((row) => [
      withSite(row.from, row.fromSite),
      row.fromAddress === '' ? '?' : row.fromAddress,
      withSite(row.to, row.toSite),
      row.toAddress === '' ? '?' : row.toAddress,
      `${row.protocol}/${row.port}`,
      row.why,
      row.open ? 'open' : 'CLOSED',
    ]),
  );
  const closed = rows.filter(({ open }) => !open);
  const counts = new Map<string, number>();
  for (const { stoppedBy = '' } of closed) counts.set(stoppedBy, (counts.get(stoppedBy) ?? 0) + 1);
  const reasons = [...counts].map(
    ([reason, times]) => `${times === 1 ? '' : `${times} connections: `}${reason}.\n`,
  );
  const count = `${rows.length} connections, ${closed.length === 0 ? 'all open' : `${closed.length} closed`}.\n`;
  return `${table}\n${reasons.join('')}${count}`;
}

/** `the ZVM of Prod_Site` says its site itself, `the VRA on esx-p1` does not. */
function withSite(label: string, site: string): string {
  const name = label.replace(/^the /, '');
  return name.endsWith(` of ${site}`) ? name : `${name} (${site})`;
}

export function portsCsv(rows: readonly PortRow[]): string {
  return csvTable(
    [
      'from',
      'fromSite',
      'fromAddress',
      'to',
      'toSite',
      'toAddress',
      'port',
      'protocol',
      'plane',
      'why',
      'open',
      'stoppedBy',
    ],
    rows.map((row) => [
      row.from,
      row.fromSite,
      row.fromAddress,
      row.to,
      row.toSite,
      row.toAddress,
      String(row.port),
      row.protocol,
      row.plane,
      row.why,
      row.open ? 'yes' : 'no',
      row.stoppedBy ?? '',
    ]),
  );
}
