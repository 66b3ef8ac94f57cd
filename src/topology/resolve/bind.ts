/** Binds names to what they stand for. */
import type { Path, Place, PlacedProblem, TopologyDocument } from '../document.ts';
import { within } from '../document.ts';
import type {
  Datastore,
  Host,
  Link,
  Network,
  Reference,
  Site,
  Topology,
  Vm,
  Vpg,
} from '../model.ts';

/** The same shape, while it is still being filled. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** A map of a site, by the key that it has in the file. */
export interface SiteMaps {
  readonly networks: Network;
  readonly datastores: Datastore;
  readonly hosts: Host;
  readonly vms: Vm;
}

/** A reference to an entry of the map that stands at `map`, and nowhere else. */
export function refer<T>(
  place: Place,
  name: string,
  entries: ReadonlyMap<string, T>,
  map: Place,
): Reference<T> {
  const target = entries.get(name);
  const declared = target !== undefined || map.document.has([...map.path, name]);
  return { name, place, target, declared };
}

/** What every file of a topology may declare some of. */
interface TopMaps {
  readonly sites: Site;
  readonly links: Link;
  readonly vpgs: Vpg;
}

/** A reference to a site, a link or a VPG, whichever file declares it. */
export function referToTop<K extends keyof TopMaps>(
  place: Place,
  name: string,
  map: K,
  topology: Topology,
): Reference<TopMaps[K]> {
  const entries = topology[map] as ReadonlyMap<string, TopMaps[K]>;
  const target = entries.get(name);
  return { name, place, target, declared: target !== undefined || mayStand(topology, [map, name]) };
}

/** Whether the path stands in a file of the topology, or may stand in one that was not read. */
export function mayStand({ documents, isWhole }: Topology, path: Path): boolean {
  return !isWhole || documents.some((document) => document.has(path));
}

/**
 * A reference into a thing that is itself unknown: nobody can tell whether the name is declared, so
 * it counts as such, and only the thing is reported.
 */
export function referIntoUnknown<T>(place: Place, name: string): Reference<T> {
  return { name, place, target: undefined, declared: true };
}

/** A reference to a network, datastore, host or VM of a known site. */
export function referInSite<K extends keyof SiteMaps>(
  place: Place,
  name: string,
  kind: K,
  site: Site | undefined,
): Reference<SiteMaps[K]> {
  if (!site) return referIntoUnknown(place, name);
  return refer(place, name, mapOfSite(site, kind), within(site.place, kind));
}

export function mapOfSite<K extends keyof SiteMaps>(
  site: Site,
  kind: K,
): ReadonlyMap<string, SiteMaps[K]> {
  return site[kind] as ReadonlyMap<string, SiteMaps[K]>;
}

/** A reference to `Site/name`. */
export function referByPath<K extends keyof SiteMaps>(
  place: Place,
  text: string,
  kind: K,
  topology: Topology,
): Reference<SiteMaps[K]> {
  const [siteName = '', name, ...rest] = text.split('/');
  const site = topology.sites.get(siteName);
  if (!site || name === undefined || rest.length > 0) {
    const path = ['sites', siteName, kind, name ?? ''];
    const declared = rest.length === 0 && mayStand(topology, path);
    return { name: text, place, target: undefined, declared };
  }
  return { ...referInSite(place, name, kind, site), name: text };
}

/** Looks names up across sites, where the file may leave the site out. */
export class AcrossSites {
  readonly problems: PlacedProblem[] = [];
  private readonly topology: Topology;
  private readonly indexes = new Map<string, ReadonlyMap<string, readonly Site[]>>();

  constructor(topology: Topology) {
    this.topology = topology;
  }

  /** A reference to `name`, in whatever site has it, or to `Site/name`. */
  refer<K extends keyof SiteMaps>(place: Place, name: string, kind: K): Reference<SiteMaps[K]> {
    if (name.includes('/')) return referByPath(place, name, kind, this.topology);
    const [site, other] = this.index(kind).get(name) ?? [];
    if (!site) return { name, place, target: undefined, declared: this.stands(kind, name) };
    if (other) {
      this.problems.push({
        rule: 'schema/ambiguous-name',
        message: `${name} stands in ${site.name} and in ${other.name}; say which one is meant.`,
        document: place.document,
        range: place.document.valueRange(place.path),
        suggestions: [`${site.name}/${name}`, `${other.name}/${name}`],
      });
      return { name, place, target: undefined, declared: true };
    }
    return refer(place, name, mapOfSite(site, kind), within(site.place, kind));
  }

  private index(kind: keyof SiteMaps): ReadonlyMap<string, readonly Site[]> {
    let index = this.indexes.get(kind);
    if (!index) {
      const built = new Map<string, Site[]>();
      for (const site of this.topology.sites.values()) {
        for (const name of site[kind].keys()) {
          const sites = built.get(name);
          if (sites) sites.push(site);
          else built.set(name, [site]);
        }
      }
      index = built;
      this.indexes.set(kind, index);
    }
    return index;
  }

  private stands(kind: keyof SiteMaps, name: string): boolean {
    const { documents, isWhole } = this.topology;
    const standsIn = (document: TopologyDocument): boolean =>
      sitesInText(document).some((site) => document.has(['sites', site, kind, name]));
    return !isWhole || documents.some(standsIn);
  }
}

/** All sites that stand in the file, those with mistakes too. */
function sitesInText(document: TopologyDocument): string[] {
  const { value } = document;
  const sites = isRecord(value) ? value['sites'] : undefined;
  return isRecord(sites) ? Object.keys(sites) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The entries of a map that was read, each with its place. */
export function entriesOf<T>(
  map: Readonly<Record<string, T>>,
  place: Place,
): { readonly name: string; readonly file: T; readonly place: Place }[] {
  return Object.entries(map).map(([name, file]) => ({ name, file, place: within(place, name) }));
}

/** The items of a list that was read, each with its place; what was left out is passed by. */
export function itemsOf<T>(
  list: readonly T[],
  place: Place,
): { readonly file: T; readonly place: Place }[] {
  return list.flatMap((file, index) => [{ file, place: within(place, index) }]);
}
