import { renameKey, renderScalar, replaceValue } from '../../../topology/edit.ts';
import type { Site, Topology } from '../../../topology/model.ts';
import { nearest } from '../../../topology/near-miss.ts';
import { listed } from '../../listed.ts';
import type { Fix, Rule } from '../../rule.ts';
import { creationOf, networkByAddress } from './create.ts';
import { visitReferences } from './references.ts';
import type { FoundReference } from './references.ts';

export const unknown: Rule = {
  name: 'reference/unknown',
  title: 'A name that nothing declares',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    // One slip is often repeated on every line of a long file, and looking for near names is slow.
    const found = new Map<string, string | undefined>();
    let compared = 0;
    visitReferences(topology, (each) => {
      const { reference } = each;
      if (reference.target !== undefined || reference.declared) return;
      // A file that could not be read may declare it. A site stands in one file, with all that it has.
      if (!topology.isWhole && each.site === undefined) return;
      if (isOtherSitesVm(topology, each)) return;
      const question = questionOf(each);
      if (!found.has(question) && compared < mostComparisons) {
        const candidates = [...each.candidates()].filter((name) => !standsAlready(each, name));
        compared += candidates.length;
        found.set(question, nearest(reference.name, candidates));
      }
      const near = networkByAddress(each)?.name ?? found.get(question);
      const creation = creationOf(topology, each, near);
      report({
        at: reference.place,
        on: each.on,
        message: message(topology, each, near),
        fixes: [
          ...(near === undefined ? [] : [rename(each, near)]),
          ...(creation ? [creation] : []),
        ],
      });
    });
  },
};

/** Equal for references that the same name would be the answer to. */
function questionOf({ kind, site, scope, reference, on }: FoundReference): string {
  const siblings = on === 'key' ? reference.place.path.slice(0, -1).join('/') : '';
  return [kind, site?.name ?? '', scope, reference.name, siblings].join('\n');
}

/** Whether the name would make a key that the map has already. */
function standsAlready({ reference, on }: FoundReference, name: string): boolean {
  const { document, path } = reference.place;
  return on === 'key' && document.has([...path.slice(0, -1), name]);
}

/**
 * With thousands of different unknown names and as many known ones, looking for near misses would
 * take minutes; nobody reads that many suggestions.
 */
const mostComparisons = 200_000;

function message(topology: Topology, each: FoundReference, near: string | undefined): string {
  const { kind, scope, reference } = each;
  const elsewhere = sitesWith(topology, each);
  return (
    `${scope} has no ${kind} ${reference.name}` +
    (elsewhere.length > 0 ? `, though ${listed(elsewhere)} ${has(elsewhere)}. ` : '. ') +
    (near === undefined ? declareIt(each) : `Did you mean ${near}?`)
  );
}

/** A VPG that protects a VM of another site: `vpg/vm-of-other-site` says that, and what to do. */
function isOtherSitesVm(topology: Topology, each: FoundReference): boolean {
  const { kind, site, on, reference } = each;
  const protects = kind === 'VM' && on === 'key' && reference.place.path[0] === 'vpgs';
  return protects && site !== undefined && sitesWith(topology, each).length > 0;
}

function has(names: readonly string[]): string {
  return names.length > 1 ? 'have' : 'has';
}

function declareIt({ kind, candidates }: FoundReference): string {
  if (kind === 'component') {
    return 'A component is Site, Site/zvm, Site/host or Site/host/vra.';
  }
  const names = [...firstOf(candidates(), 6)];
  if (names.length === 0) return `There is none yet: declare it, or take the name out.`;
  const more = names.length > 5 ? ', and others' : '';
  return `There is ${names.slice(0, 5).join(', ')}${more}.`;
}

function* firstOf(names: Iterable<string>, count: number): Generator<string> {
  let left = count;
  for (const name of names) {
    if (left === 0) return;
    left -= 1;
    yield name;
  }
}

/** Other sites where the name would be known: the usual slip in a VPG, whose names span two. */
function sitesWith(
  topology: Topology,
  { kind, site, reference }: FoundReference,
): readonly string[] {
  if (!site) return [];
  const mapOf = (each: Site): ReadonlyMap<string, unknown> | undefined => {
    switch (kind) {
      case 'network':
        return each.networks;
      case 'datastore':
        return each.datastores;
      case 'host':
        return each.hosts;
      case 'VM':
        return each.vms;
      default:
        return undefined;
    }
  };
  return [...topology.sites.values()]
    .filter((each) => each !== site && mapOf(each)?.has(reference.name))
    .map(({ name }) => name);
}

function rename({ reference: { place }, on }: FoundReference, near: string): Fix {
  const { document, path } = place;
  return {
    title: `Change to ${near}`,
    edits:
      on === 'key'
        ? renameKey(document, path, near)
        : replaceValue(document, path, renderScalar(near)),
    // Names are often numbered, so the nearest one is a guess.
    safe: false,
  };
}
