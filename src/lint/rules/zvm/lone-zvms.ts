/** ZVMs that stand alone, and in the wrong one of the two sites (OUT-10). */
import { within } from '../../../topology/document.ts';
import { sitePairsOf } from '../../../topology/flows.ts';
import type { Site, Topology, Vpg, Zvm } from '../../../topology/model.ts';

export interface LoneZvm {
  readonly zvm: Zvm;
  readonly protectedSite: Site;
  readonly recoverySite: Site;
  /** The VPGs that are protected there and recover to a site without a ZVM. */
  readonly vpgs: readonly Vpg[];
}

/** Pairs of sites of which only the one that is protected has a ZVM. */
export function loneZvmsOf(topology: Topology): readonly LoneZvm[] {
  return sitePairsOf(topology).flatMap(({ sites: [a, b], vpgs }) => {
    const withZvm = a.zvm ? a : b;
    const other = a.zvm ? b : a;
    const { zvm } = withZvm;
    if (!zvm || other.place.document.has(within(other.place, 'zvm').path)) return [];
    const endangered = vpgs.filter(({ from }) => from.target === withZvm);
    if (endangered.length === 0) return [];
    return [{ zvm, protectedSite: withZvm, recoverySite: other, vpgs: endangered }];
  });
}
