import { within, type Place } from '../../../topology/document.ts';
import type { Topology } from '../../../topology/model.ts';
import type { NbdTarget } from '../../../topology/nbd-target.ts';
import type { Rule } from '../../rule.ts';

/** A file or an export that is the content of a disk. */
interface Backing {
  /** The same for the same bytes. */
  readonly key: string;
  readonly at: Place;
  /** What is kept there, and where that is. */
  readonly disk: string;
  readonly where: string;
}

export const sharedDisk: Rule = {
  name: 'recovery/shared-disk',
  title: 'Two disks are kept in one image, or at one NBD target',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    const first = new Map<string, Backing>();
    for (const backing of backingsOf(topology)) {
      const other = first.get(backing.key);
      if (!other) {
        first.set(backing.key, backing);
        continue;
      }
      report({
        at: backing.at,
        message:
          `${backing.disk} is kept in ${backing.where}, and so is ${other.disk}: each overwrites what the ` +
          `other one holds, and neither can be recovered. Give every disk a place of its own.`,
        related: [{ message: other.disk, place: other.at }],
      });
    }
  },
};

function* backingsOf(topology: Topology): Generator<Backing> {
  for (const { vms } of topology.sites.values()) {
    for (const vm of vms.values()) {
      for (const { name, image, place } of vm.disks.values()) {
        if (image === undefined) continue;
        yield {
          key: `image ${plain(image)}`,
          at: within(place, 'image'),
          disk: `${vm.name}/${name}`,
          where: image,
        };
      }
    }
  }
  for (const vpg of topology.vpgs.values()) {
    for (const { name: vm, replicas } of vpg.vms.values()) {
      for (const { name, nbd, place } of replicas.values()) {
        const where = describe(nbd);
        yield {
          key: `nbd ${where}`,
          at: within(place, 'nbd'),
          disk: `the replica of ${vm}/${name} in ${vpg.name}`,
          where,
        };
      }
    }
  }
}

function describe({ address, name }: NbdTarget): string {
  const server = address.kind === 'unix' ? plain(address.path) : `${address.host}:${address.port}`;
  return name === '' ? `the export at ${server}` : `the export ${name} at ${server}`;
}

/** A path without what leads nowhere, so that two ways to write one are the same. */
function plain(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '.' || (step === '' && steps.length > 0)) continue;
    const last = steps.at(-1);
    if (step === '..' && last !== undefined && last !== '..' && last !== '') steps.pop();
    else steps.push(step);
  }
  return steps.join('/');
}
