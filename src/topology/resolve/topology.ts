/** From a file that was read to the model: names bound, everything knowing its place. */
import type { Problem, TopologyDocument } from '../document.ts';
import type { Drill, Link, Site, Topology, Vpg } from '../model.ts';
import type { TopologyFile } from '../schema/file.ts';
import { AcrossSites, entriesOf } from './bind.ts';
import type { Draft } from './bind.ts';
import { resolveDrill } from './drills.ts';
import { resolveLink, resolvePairings } from './links.ts';
import { resolveSite } from './sites.ts';
import { resolveVpg } from './vpgs.ts';

export interface Resolved {
  readonly topology: Topology;
  readonly problems: readonly Problem[];
}

/** Linear in the size of the file. `file` is undefined where nothing could be read at all. */
export function resolveTopology(
  file: TopologyFile | undefined,
  document: TopologyDocument,
  name: string,
): Resolved {
  const sites = new Map<string, Site>();
  const links = new Map<string, Link>();
  const vpgs = new Map<string, Vpg>();
  const drills = new Map<string, Drill>();
  const topology: Draft<Topology> = { document, name, sites, links, pairings: [], vpgs, drills };
  if (!file) return { topology, problems: [] };
  const at = (key: string) => ({ document, path: [key] });
  for (const entry of entriesOf(file.sites, at('sites'))) {
    sites.set(entry.name, resolveSite(entry.name, entry.file, entry.place));
  }
  for (const entry of entriesOf(file.links, at('links'))) {
    links.set(entry.name, resolveLink(entry.name, entry.file, entry.place, topology));
  }
  topology.pairings = resolvePairings(file.pairings, at('pairings'), topology);
  for (const entry of entriesOf(file.vpgs, at('vpgs'))) {
    vpgs.set(entry.name, resolveVpg(entry.name, entry.file, entry.place, topology));
  }
  const lookup = new AcrossSites(topology);
  for (const entry of entriesOf(file.drills, at('drills'))) {
    drills.set(entry.name, resolveDrill(entry.name, entry.file, entry.place, topology, lookup));
  }
  return { topology, problems: lookup.problems };
}
