/** Small texts with a cursor in them. */
import { loadTopology, type LoadedTopology } from '../../src/topology/load.ts';
import type { TopologyDocument } from '../../src/topology/document.ts';
import type { Topology } from '../../src/topology/model.ts';
import type { Range } from 'vscode-languageserver-types';

export const uri = 'file:///lab/two-sites.dr.yaml';

/** `‸` marks the cursor. */
export function marked(text: string): { readonly text: string; readonly offset: number } {
  const offset = text.indexOf('‸');
  if (offset < 0) throw new Error('No cursor ‸ in the text of this test.');
  return { text: text.slice(0, offset) + text.slice(offset + 1), offset };
}

const topologies = new WeakMap<TopologyDocument, Topology>();

export function documentOf(text: string): TopologyDocument {
  const { document, topology } = loadTopology(text, uri);
  topologies.set(document, topology);
  return document;
}

/** The topology of a document that `documentOf` has read. */
export function topologyOf(document: TopologyDocument): Topology {
  const topology = topologies.get(document);
  if (!topology) throw new Error('documentOf has not read this document.');
  return topology;
}

export function loadedOf(text: string): LoadedTopology {
  return loadTopology(text, uri);
}

/** What the text says in a range. */
export function textIn(document: TopologyDocument, range: Range): string {
  return document.text.slice(document.offsetAt(range.start), document.offsetAt(range.end));
}

/** The text after edits that do not overlap. */
export function applied(
  document: TopologyDocument,
  edits: readonly { readonly range: Range; readonly newText: string }[],
): string {
  let text = document.text;
  const ordered = edits
    .map(({ range, newText }) => ({
      start: document.offsetAt(range.start),
      end: document.offsetAt(range.end),
      newText,
    }))
    .sort((a, b) => b.start - a.start);
  for (const { start, end, newText } of ordered)
    text = text.slice(0, start) + newText + text.slice(end);
  return text;
}

/** Two sites that replicate, on a page. */
export const twoSites = `version: 1
sites:
  Prod:
    networks:
      lan: { cidr: 10.1.0.0/24 }
      wan: { cidr: 192.168.100.0/24 }
    zvm:
      nics:
        lan: { network: lan, address: 10.1.0.20/24, gateway: 10.1.0.1 }
        wan: { network: wan, address: 192.168.100.10/24 }
      replicationNic: wan
      routes:
        - { to: 10.2.0.0/24, via: 192.168.100.1, nic: wan, persistent: true }
    datastores:
      ds-p: { capacity: 4TiB }
    hosts:
      esx-p:
        vra: { memory: 3GiB, datastore: ds-p, network: wan, address: 192.168.100.21/24 }
    vms:
      FS01:
        host: esx-p
        changeRate: 2MiB/s
        nics:
          eth0: { network: lan, address: 10.1.0.50/24 }
        disks:
          system: { size: 40GiB, datastore: ds-p }
          data: { size: 200GiB, datastore: ds-p, image: lab/data.img }
  Recovery:
    networks:
      lan: { cidr: 10.2.0.0/24 }
      bubble: { cidr: 10.2.0.0/24, isolated: true }
    zvm:
      nics:
        lan: { network: lan, address: 10.2.0.20/24, gateway: 10.2.0.1 }
    datastores:
      ds-r: { capacity: 8TiB }
    hosts:
      esx-r:
        vra: { memory: 3GiB, datastore: ds-r, network: lan, address: 10.2.0.21/24 }
links:
  mpls:
    joins: [Prod/wan, Recovery/lan]
    bandwidth: 100Mbit/s
pairings:
  - [Prod, Recovery]
vpgs:
  files:
    from: Prod
    to: Recovery
    vms:
      FS01:
        recoveryHost: esx-r
        datastore: ds-r
        nics:
          eth0:
            failover: { network: lan, address: 10.2.0.50/24 }
            test: { network: bubble }
    journal: { history: 4h, datastore: ds-r }
    scripts: { pre: { command: ./scripts/quiesce.sh } }
drills:
  outage:
    duration: 2h
    steps:
      - { at: 10m, write: { vm: FS01, disk: data, size: 500MB, name: fonts } }
      - { at: 20m, powerOff: Prod/zvm }
      - { at: 25m, checkpoint: { vpg: files, tag: before } }
      - at: 30m
        failoverTest: { vpg: files, checkpoint: before, site: Recovery }
        expect: { result: success, contains: [fonts] }
      - { at: 40m, cut: mpls }
    expect:
      vpgs:
        files: { replicating: true }
`;
