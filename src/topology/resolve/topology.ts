/** From files that were read to the model: names bound, everything knowing its place. */
import type { PlacedProblem } from '../document.ts';
import type { Gathered } from '../include/gather.ts';
import type { Drill, Link, Site, Topology, Vpg } from '../model.ts';
import { AcrossSites, entriesOf } from './bind.ts';
import type { Draft } from './bind.ts';
import { Declarations } from './declarations.ts';
import { resolveDrill } from './drills.ts';
import { resolveLink, resolvePairings } from './links.ts';
import { resolveSite } from './sites.ts';
import { resolveVpg } from './vpgs.ts';

export interface Resolved {
  readonly topology: Topology;
  readonly problems: readonly PlacedProblem[];
}

/** Linear in the size of the files. */
export function resolveTopology(
  { parts, includes, problems: faults }: Gathered,
  name: string,
): Resolved {
  const sites = new Map<string, Site>();
  const links = new Map<string, Link>();
  const vpgs = new Map<string, Vpg>();
  const drills = new Map<string, Drill>();
  const documents = parts.map(({ document }) => document);
  const [document] = documents;
  if (!document) throw new RangeError('A topology has at least one file.');
  const topology: Draft<Topology> = {
    document,
    documents,
    includes,
    isWhole: faults.length === 0,
    name,
    sites,
    links,
    pairings: [],
    vpgs,
    drills,
  };
  const declarations = new Declarations(documents);
  const lookup = new AcrossSites(topology);
  const entries = <K extends 'sites' | 'links' | 'vpgs' | 'drills'>(section: K) =>
    parts.flatMap(({ document: of, file }) =>
      // The compiler does not see that the section is the same one on both sides.
      entriesOf<NonNullable<typeof file>[K][string]>(
        (file?.[section] ?? {}) as Record<string, NonNullable<typeof file>[K][string]>,
        { document: of, path: [section] },
      ).filter(({ place }) => declarations.isFirst(place)),
    );
  // What a name refers to has to be known before it is bound: sites first, drills last.
  for (const each of entries('sites')) {
    sites.set(each.name, resolveSite(each.name, each.file, each.place));
  }
  for (const each of entries('links')) {
    links.set(each.name, resolveLink(each.name, each.file, each.place, topology));
  }
  topology.pairings = parts.flatMap(({ document: of, file }) =>
    resolvePairings(file?.pairings ?? [], { document: of, path: ['pairings'] }, topology),
  );
  for (const each of entries('vpgs')) {
    vpgs.set(each.name, resolveVpg(each.name, each.file, each.place, topology));
  }
  for (const each of entries('drills')) {
    drills.set(each.name, resolveDrill(each.name, each.file, each.place, topology, lookup));
  }
  return { topology, problems: [...declarations.problems, ...lookup.problems] };
}
