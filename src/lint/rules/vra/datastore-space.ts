import { within } from '../../../topology/document.ts';
import { renderScalar, replaceValue } from '../../../topology/edit.ts';
import { vraDatastoreSpace } from '../../../topology/limits.ts';
import type { Datastore, Vra } from '../../../topology/model.ts';
import { formatSize } from '../../../topology/quantities.ts';
import { listed } from '../../listed.ts';
import type { Fix, Rule } from '../../rule.ts';
import { enoughGib } from '../journal/sizes.ts';

export const datastoreSpace: Rule = {
  name: 'vra/datastore-space',
  title: 'A datastore is too full for the VRAs on it',
  severity: 'error',
  facts: ['VRA-6'],
  check({ topology, report }) {
    for (const site of topology.sites.values()) {
      const vrasOn = new Map<Datastore, Vra[]>();
      for (const { vra } of site.hosts.values()) {
        const datastore = vra?.datastore.target;
        if (!vra || !datastore) continue;
        const vras = vrasOn.get(datastore);
        if (vras) vras.push(vra);
        else vrasOn.set(datastore, [vra]);
      }
      for (const [datastore, vras] of vrasOn) {
        const needed = vras.length * vraDatastoreSpace;
        if (needed <= datastore.free) continue;
        const each =
          vras.length > 1 ? ` (${vras.length} VRAs of ${formatSize(vraDatastoreSpace)} each)` : '';
        report({
          at: within(datastore.place, 'free'),
          message:
            `${datastore.name} has ${formatSize(datastore.free)} free, but the ` +
            `${vras.length > 1 ? 'VRAs' : 'VRA'} on ${listed(vras.map(({ host }) => host.name))} ` +
            `${vras.length > 1 ? 'need' : 'needs'} ${formatSize(needed)}${each}. ` +
            `${enoughGib(needed - datastore.free)} more would do.`,
          fixes: moveAway(datastore, vras, vrasOn),
          related: vras.map((vra) => ({
            message: `The VRA on ${vra.host.name}`,
            place: within(vra.place, 'datastore'),
          })),
        });
      }
    }
  },
};

/** Moves as many VRAs as do not fit to the datastore of the site with the most room for them. */
function moveAway(
  datastore: Datastore,
  vras: readonly Vra[],
  vrasOn: ReadonlyMap<Datastore, readonly Vra[]>,
): readonly Fix[] {
  const moved = vras.slice(Math.floor(datastore.free / vraDatastoreSpace));
  const room = (each: Datastore): number =>
    each.free - (vrasOn.get(each)?.length ?? 0) * vraDatastoreSpace;
  let best: Datastore | undefined;
  for (const each of datastore.site.datastores.values()) {
    if (each !== datastore && (!best || room(each) > room(best))) best = each;
  }
  if (!best || room(best) < moved.length * vraDatastoreSpace) return [];
  const { name } = best;
  return [
    {
      title:
        moved.length === 1
          ? `Put the VRA on ${moved[0]?.host.name ?? ''} on ${name}`
          : `Put ${moved.length} of the VRAs on ${name}`,
      edits: moved.flatMap(({ datastore: { place } }) =>
        replaceValue(place.document, place.path, renderScalar(name)),
      ),
      safe: false,
    },
  ];
}
