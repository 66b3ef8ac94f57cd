/**
 * The order of a deployment (VRA-2): a licence, then VRAs, then pairing, then VPGs. Each step refuses
 * before its predecessor and says what is missing.
 */
import { maxVolumesPerVra } from '../../topology/limits.ts';
import type { Reply } from '../api.ts';
import type { PlannedVpg, ZvmPlan } from './plan.ts';
import type { Deployment } from './state.ts';

/** Has the answer to a request or, where there is nothing missing, lets it go on. */
export type Refusal = Extract<Reply, { result: 'refused' }>;

export function refuse(reason: string, missing: readonly string[]): Refusal {
  return { result: 'refused', reason: `${reason}: missing ${missing.join('; ')}`, missing };
}

/** A refusal for which there is nothing that one could supply. */
export function decline(reason: string): Refusal {
  return { result: 'refused', reason, missing: [] };
}

export function licenseMissing(plan: ZvmPlan, deployment: Deployment): string[] {
  return deployment.licensed ? [] : [`a licence in the ZVM of ${plan.site}`];
}

export function missingForPairing(plan: ZvmPlan, deployment: Deployment): string[] {
  const missing = licenseMissing(plan, deployment);
  if (deployment.vras.length === 0) missing.push(`a VRA in ${plan.site}`);
  return missing;
}

/** What this side lacks for its part in a VPG; the other side checks its own. */
export function missingForVpg(plan: ZvmPlan, deployment: Deployment, vpg: PlannedVpg): string[] {
  const missing = licenseMissing(plan, deployment);
  const needed = new Set<string>();
  for (const stream of vpg.streams) {
    if (vpg.cutsHere) needed.add(stream.protectedVra);
    if (vpg.cataloguesHere) needed.add(stream.recoveryVra);
  }
  for (const vra of needed) {
    if (!deployment.vras.includes(vra)) missing.push(`the VRA on ${vra}`);
  }
  missing.push(...roomMissing(plan, deployment, vpg));
  if (vpg.peer !== undefined && !deployment.paired.includes(vpg.peer)) {
    missing.push(`the pairing of ${plan.site} with ${vpg.peer}`);
  }
  return missing;
}

/** Where a VRA would have more volumes than it can manage (VRA-5). */
function roomMissing(plan: ZvmPlan, deployment: Deployment, vpg: PlannedVpg): string[] {
  const replicas = new Map<string, number>();
  for (const each of plan.vpgs) {
    if (each !== vpg && !deployment.vpgs.includes(each.name)) continue;
    for (const { recoveryVra, recover } of each.streams) {
      replicas.set(recoveryVra, (replicas.get(recoveryVra) ?? 0) + recover.disks.length);
    }
  }
  const mine = new Set(vpg.streams.flatMap((each) => [each.protectedVra, each.recoveryVra]));
  const missing: string[] = [];
  for (const { vra, volumes } of plan.vras) {
    const all = volumes + (replicas.get(vra) ?? 0);
    if (!mine.has(vra) || all <= maxVolumesPerVra) continue;
    missing.push(
      `room at the VRA on ${vra} for ${all - maxVolumesPerVra} of ${all} volumes ` +
        `(it manages ${maxVolumesPerVra})`,
    );
  }
  return missing;
}

/** What keeps a plan from being deployed whole, though every step were done. */
export function missingForWhole(plan: ZvmPlan): string[] {
  const deployment = deployedWhole(plan);
  return [...new Set(plan.vpgs.flatMap((vpg) => roomMissing(plan, deployment, vpg)))];
}

/** Everything of a plan, deployed. */
export function deployedWhole(plan: ZvmPlan): Deployment {
  return {
    licensed: true,
    vras: plan.vras.map((vra) => vra.vra),
    paired: plan.peers.map((peer) => peer.site),
    vpgs: plan.vpgs.map((vpg) => vpg.name),
  };
}
