/** The tree that the window shows of a topology. */
import { formatCidr, formatIpv4 } from '../topology/address.ts';
import type { Path, Place } from '../topology/document.ts';
import type { Finding } from '../lint/rule.ts';
import type { Host, Link, Site, Topology, Vm, Vpg, Vra, Zvm } from '../topology/model.ts';
import { formatDuration, formatRate, formatSize } from '../topology/quantities.ts';
import type { DrillOutline, Outline, OutlineKind, OutlineNode } from './protocol.ts';
import { keyRangeOf } from './ranges.ts';

type Health = OutlineNode['health'];

/** The worst of the findings at or below each path, looked up by the path's id. */
function healthByPath(findings: readonly Finding[]): Map<string, Health> {
  const worst = new Map<string, Health>();
  for (const finding of findings) {
    if (finding.severity !== 'error' && finding.severity !== 'warning') continue;
    const path = finding.document.pathAt(finding.range.start);
    for (let depth = path.length; depth > 0; depth--) {
      const id = idOf(path.slice(0, depth));
      if (worst.get(id) !== 'error') worst.set(id, finding.severity);
    }
  }
  return worst;
}

function idOf(path: Path): string {
  return path.join('/');
}

class OutlineBuilder {
  readonly #topology: Topology;
  readonly #health: Map<string, Health>;

  constructor(topology: Topology, findings: readonly Finding[]) {
    this.#topology = topology;
    this.#health = healthByPath(findings);
  }

  node(
    kind: OutlineKind,
    place: Place,
    label: string,
    details: { description?: string; tooltip?: readonly string[]; children?: OutlineNode[] } = {},
  ): OutlineNode {
    const id = idOf(place.path);
    return {
      id,
      kind,
      label,
      description: details.description ?? '',
      tooltip: [label, ...(details.tooltip ?? [])].join('\n'),
      ...fileOf(place, this.#topology),
      range: keyRangeOf(place),
      health: this.#health.get(id) ?? 'ok',
      children: details.children ?? [],
    };
  }

  group(
    kind: OutlineKind,
    parent: Place,
    key: string,
    label: string,
    children: OutlineNode[],
  ): OutlineNode[] {
    if (children.length === 0) return [];
    const path = [...parent.path, key];
    // The entries of a section may stand in any file, and the first one need not have the section.
    const holder =
      parent.path.length === 0
        ? this.#topology.documents.find((document) => document.has(path))
        : undefined;
    const place = { document: holder ?? parent.document, path };
    return [this.node(kind, place, label, { description: String(children.length), children })];
  }

  site(site: Site): OutlineNode {
    const hosts = [...site.hosts.values()].map((host) => this.host(host));
    const datastores = [...site.datastores.values()].map((store) =>
      this.node('datastore', store.place, store.name, {
        description: `${formatSize(store.free)} free of ${formatSize(store.capacity)}`,
      }),
    );
    const networks = [...site.networks.values()].map((network) =>
      this.node('network', network.place, network.name, {
        description: formatCidr(network.cidr) + (network.isolated ? ', isolated' : ''),
        tooltip: [`MTU ${network.mtu}`],
      }),
    );
    const vms = [...site.vms.values()].map((vm) => this.vm(vm));
    return this.node('site', site.place, site.name, {
      description: site.platform,
      children: [
        ...(site.zvm ? [this.zvm(site.zvm)] : []),
        ...this.group('hosts', site.place, 'hosts', 'Hosts', hosts),
        ...this.group('datastores', site.place, 'datastores', 'Datastores', datastores),
        ...this.group('networks', site.place, 'networks', 'Networks', networks),
        ...this.group('vms', site.place, 'vms', 'VMs', vms),
      ],
    });
  }

  zvm(zvm: Zvm): OutlineNode {
    const replication = zvm.replicationNic?.target;
    return this.node('zvm', zvm.place, 'ZVM', {
      description: replication ? formatIpv4(replication.address.address) : zvm.os,
      tooltip: [
        `System: ${zvm.os}`,
        zvm.license ? 'Licensed' : 'No licence',
        ...(replication ? [`Peers use NIC ${replication.name}`] : []),
      ],
      children: [...zvm.nics.values()].map((nic) =>
        this.node('nic', nic.place, nic.name, {
          description: `${formatIpv4(nic.address.address)}/${nic.address.prefix}`,
          tooltip: [
            `Network: ${nic.network.name}`,
            nic.gateway === undefined ? 'No gateway' : `Gateway: ${formatIpv4(nic.gateway)}`,
          ],
        }),
      ),
    });
  }

  host(host: Host): OutlineNode {
    return this.node('host', host.place, host.name, {
      description: host.version ?? '',
      children: host.vra ? [this.vra(host.vra)] : [],
    });
  }

  vra(vra: Vra): OutlineNode {
    return this.node('vra', vra.place, 'VRA', {
      description: vra.address === 'dhcp' ? 'DHCP' : formatIpv4(vra.address.address),
      tooltip: [`Memory: ${formatSize(vra.memory)}`, `Datastore: ${vra.datastore.name}`],
    });
  }

  vm(vm: Vm): OutlineNode {
    const size = [...vm.disks.values()].reduce((sum, disk) => sum + disk.size, 0);
    return this.node('vm', vm.place, vm.name, {
      description: `${vm.disks.size} disks, ${formatSize(size)}`,
      tooltip: [`Host: ${vm.host.name}`, `Change rate: ${formatRate(vm.changeRate)}`],
    });
  }

  link(link: Link): OutlineNode {
    return this.node('link', link.place, link.name, {
      description: `${link.joins[0].name} ↔ ${link.joins[1].name}`,
      tooltip: [
        `Bandwidth: ${formatRate(link.bandwidth)}`,
        `Latency: ${formatDuration(link.latency)}`,
        `MTU: ${link.mtu}`,
      ],
    });
  }

  vpg(vpg: Vpg): OutlineNode {
    return this.node('vpg', vpg.place, vpg.name, {
      description: `${vpg.from.name} → ${vpg.to.name}`,
      tooltip: [
        `Journal history: ${formatDuration(vpg.journal.history)}`,
        `RPO threshold: ${formatDuration(vpg.rpo)}`,
        `Priority: ${vpg.priority}`,
      ],
      children: [...vpg.vms.values()].map((vm) =>
        this.node('protected-vm', vm.place, vm.name, { description: `→ ${vm.recoveryHost.name}` }),
      ),
    });
  }
}

/** Nothing where it is the file that the outline is of. */
function fileOf({ document }: Place, topology: Topology): { readonly uri?: string } {
  return document === topology.document ? {} : { uri: document.uri };
}

function drillOutlines(topology: Topology): DrillOutline[] {
  return [...topology.drills.values()].map((drill) => ({
    name: drill.name,
    describes: drill.describes,
    facts: drill.facts,
    ...fileOf(drill.place, topology),
    range: keyRangeOf(drill.place),
  }));
}

export function outlineOf(
  topology: Topology,
  findings: readonly Finding[],
  version: number,
  readable: boolean,
): Outline {
  const build = new OutlineBuilder(topology, findings);
  const root: Place = { document: topology.document, path: [] };
  const vpgs = [...topology.vpgs.values()].map((vpg) => build.vpg(vpg));
  const sites = [...topology.sites.values()].map((site) => build.site(site));
  const links = [...topology.links.values()].map((link) => build.link(link));
  return {
    uri: topology.document.uri,
    files: topology.documents.map(({ uri }) => uri),
    version,
    name: topology.name,
    readable,
    nodes: [
      ...build.group('vpgs', root, 'vpgs', 'VPGs', vpgs),
      ...build.group('sites', root, 'sites', 'Sites', sites),
      ...build.group('links', root, 'links', 'Links', links),
    ],
    drills: drillOutlines(topology),
  };
}
