/** A site's ZVM. */
import type { Place } from '../document.ts';
import { within } from '../document.ts';
import type { Reference, Site, Zvm, ZvmNic } from '../model.ts';
import type { ZvmFile } from '../schema/zvm.ts';
import { entriesOf, itemsOf, refer, referInSite } from './bind.ts';

export function resolveZvm(file: ZvmFile, place: Place, site: Site): Zvm {
  const nics = new Map<string, ZvmNic>();
  const nicsPlace = within(place, 'nics');
  for (const entry of entriesOf(file.nics, nicsPlace)) {
    const at = within(entry.place, 'network');
    nics.set(entry.name, {
      name: entry.name,
      place: entry.place,
      network: referInSite(at, entry.file.network, 'networks', site),
      address: entry.file.address,
      gateway: entry.file.gateway,
    });
  }
  return {
    place,
    site,
    os: file.os,
    license: file.license,
    nics,
    replicationNic: replicationNicOf(file, place, nics),
    routes: itemsOf(file.routes, within(place, 'routes')).map((item) => ({
      place: item.place,
      to: item.file.to,
      via: item.file.via,
      nic: refer(within(item.place, 'nic'), item.file.nic, nics, nicsPlace),
      persistent: item.file.persistent,
    })),
  };
}

function replicationNicOf(
  file: ZvmFile,
  place: Place,
  nics: ReadonlyMap<string, ZvmNic>,
): Reference<ZvmNic> | undefined {
  if (file.replicationNic !== undefined) {
    const nicsPlace = within(place, 'nics');
    return refer(within(place, 'replicationNic'), file.replicationNic, nics, nicsPlace);
  }
  const [only, another] = nics.values();
  if (!only || another) return undefined;
  return { name: only.name, place: only.place, target: only, declared: true };
}
