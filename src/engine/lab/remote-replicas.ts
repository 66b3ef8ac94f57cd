/** Replica disks on NBD targets. */
import type { NbdTarget } from '../../topology/nbd-target.ts';
import type { Site, Topology } from '../../topology/model.ts';
import { replicaPath } from '../disk/replica-disk.ts';
import { remoteFile } from '../nbd/remote-file.ts';
import { openRemoteDisk } from '../nbd/remote-disk.ts';
import { targetSocket } from '../world/node/target-sockets.ts';
import type { RemoteOpener } from '../world/node/places.ts';
import type { Streams } from '../world/streams.ts';
import type { Clock } from '../world/world.ts';
import { replicaFolderOf } from './plan.ts';
import { RealLabError } from './real-lab.ts';

export interface RemoteReplicaRules {
  readonly streams: Streams;
  /** Of the processes of a site. */
  readonly clockOf: (site: Site) => Clock;
  /** Sockets are relative to this folder. */
  readonly folder: string;
  /** Whether targets may be anywhere, and not only at sockets in the folder. */
  readonly anywhere: boolean;
}

export type RemoteReplicas = ReadonlyMap<Site, ReadonlyMap<string, RemoteOpener>>;

/**
 * For each site: what opens a replica disk, by the path that it would have in its datastore.
 *
 * @throws RealLabError `image-outside` or `image-shared` for a target that may not be used
 */
export function remoteReplicas(topology: Topology, rules: RemoteReplicaRules): RemoteReplicas {
  const remotes = new Map<Site, Map<string, RemoteOpener>>();
  const known = new Map<string, string>();
  for (const vpg of topology.vpgs.values()) {
    for (const protectedVm of vpg.vms.values()) {
      const datastore = protectedVm.datastore.target;
      const site = vpg.to.target;
      if (!datastore || !site) continue;
      for (const { name, nbd } of protectedVm.replicas.values()) {
        const subject = `${protectedVm.name}/${name}`;
        const target = within(nbd, subject, rules);
        const key = JSON.stringify([target.address, target.name]);
        const other = known.get(key);
        if (other !== undefined) {
          const why = `${subject}: its NBD target is that of ${other} as well`;
          throw new RealLabError('image-shared', subject, why);
        }
        known.set(key, subject);
        const path = replicaPath(replicaFolderOf(vpg, protectedVm, datastore), name);
        const paths = remotes.get(site) ?? new Map<string, RemoteOpener>();
        remotes.set(site, paths.set(path, openerOf(path, subject, target, site, rules)));
      }
    }
  }
  return remotes;
}

function within(target: NbdTarget, subject: string, rules: RemoteReplicaRules): NbdTarget {
  const { folder, anywhere } = rules;
  if (target.address.kind === 'tcp') {
    if (anywhere) return target;
    const where = `${target.address.host}:${target.address.port}`;
    const why = `${subject}: the NBD target ${where} lies outside of the topology's folder ${folder}`;
    throw new RealLabError('image-outside', subject, `${why}; --images-anywhere allows it`);
  }
  const { path, isInside } = targetSocket(folder, target.address.path);
  if (anywhere || isInside) {
    return { ...target, address: { kind: 'unix', path } };
  }
  const why = `${subject}: the socket ${path} lies outside of the topology's folder ${folder}`;
  throw new RealLabError('image-outside', subject, `${why}; --images-anywhere allows it`);
}

function openerOf(
  path: string,
  subject: string,
  target: NbdTarget,
  site: Site,
  { streams, clockOf }: RemoteReplicaRules,
): RemoteOpener {
  return ({ writeThrough }, done) => {
    const clock = clockOf(site);
    openRemoteDisk({ streams, clock, target, subject }, (error, disk) => {
      if (disk) done(undefined, remoteFile(disk, { path, writeThrough, clock }));
      else done(error, undefined);
    });
  };
}
