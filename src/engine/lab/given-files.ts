/** The files of the user that stand for protected disks. */
import type { Site, Topology } from '../../topology/model.ts';
import type { ImageCheck } from '../world/node/images.ts';
import { protectedPath } from './protected-path.ts';
import { RealLabError } from './real-lab.ts';

export type GivenFiles = ReadonlyMap<Site, ReadonlyMap<string, string>>;

/**
 * For each site: the file by the path that stands for it in the site's datastores.
 *
 * @throws RealLabError for the first image that cannot be used, with the messages of all
 */
export function givenFiles(topology: Topology, check: ImageCheck): GivenFiles {
  const given = new Map<Site, Map<string, string>>();
  const problems: Exclude<ReturnType<ImageCheck['look']>, string>[] = [];
  for (const site of topology.sites.values()) {
    const files = new Map<string, string>();
    given.set(site, files);
    for (const vm of site.vms.values()) {
      for (const { name, size, image, datastore } of vm.disks.values()) {
        if (image === undefined) continue;
        const found = check.look({ subject: `${vm.name}/${name}`, image, size });
        if (typeof found === 'string') files.set(protectedPath(vm, name, datastore.name), found);
        else problems.push(found);
      }
    }
  }
  const [first] = problems;
  if (!first) return given;
  const message = problems.map((problem) => problem.message).join('\n');
  throw new RealLabError(first.code, first.subject, message);
}
