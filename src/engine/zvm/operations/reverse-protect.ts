/**
 * Protects what a failover or a move left unprotected, in the other direction (NET-11): the disks that were
 * protected before become the replica, and a delta sync brings them to what the recovered VMs hold.
 */
import { decline, refuse } from '../deployment.ts';
import { protectedAgain } from '../life.ts';
import { protectedVras, recoveryVras } from './checks.ts';
import { heardOf } from './run.ts';
import type { Run } from './run.ts';
import type { OperationTools } from './tools.ts';

export function reverseProtect(tools: OperationTools, run: Run): void {
  const { vpg } = run;
  if (vpg.life.phase !== 'recovered') {
    const reason = `${vpg.name} is not a committed failover or move that nothing protects`;
    run.end(decline(reason));
    return;
  }
  const { peer, from, to } = vpg.plan;
  run.reachSome([...protectedVras(vpg), ...recoveryVras(vpg)], (heard) => {
    const missing = [...protectedVras(vpg), ...recoveryVras(vpg)]
      .filter((vra) => !heard.has(vra))
      .map(heardOf);
    if (peer !== undefined && !tools.peers.connected(peer)) {
      missing.push(`a connection to the ZVM of ${peer}`);
    }
    if (missing.length > 0) {
      run.end(refuse(`${vpg.name} cannot be protected in reverse`, missing));
      return;
    }
    tools.live(vpg, protectedAgain(vpg.life));
    run.step(`Protected from ${from} to ${to}; a delta sync brings the old disks up to date`);
    tools.records.change(run.id, { result: 'success', ended: run.now });
    run.end({ result: 'success', operation: run.id });
  });
}
