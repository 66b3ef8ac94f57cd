/**
 * An application-consistent checkpoint: the VPG's freeze script brings the applications to rest with all
 * that they know on their disks, a checkpoint is made, and the thaw script lets them go on. As VSS and
 * `fsfreeze` do it, with scripts for what knows the applications.
 */
import { timeOfDay } from '../clock-text.ts';
import { decline, refuse } from '../deployment.ts';
import { answerLimit } from '../timing.ts';
import type { Run } from './run.ts';
import { tryScript } from './scripts.ts';
import type { OperationTools } from './tools.ts';

export function applicationCheckpoint(tools: OperationTools, run: Run, tag: string): void {
  const { vpg } = run;
  const { cutsHere, peer, scripts } = vpg.plan;
  const missing: string[] = [];
  if (!scripts.freeze || !scripts.thaw) missing.push(`a freeze and a thaw script of ${vpg.name}`);
  if (peer !== undefined && !tools.peers.connected(peer)) {
    missing.push(`a connection to the ZVM of ${peer}`);
  }
  if (vpg.paused) missing.push('replication that is not paused');
  if (missing.length > 0) {
    const what = `No application-consistent checkpoint of ${vpg.name} can be made`;
    run.end(refuse(what, missing));
    return;
  }
  // Whatever comes of it, and also after a freeze that half succeeded, the applications go on.
  const thaw = (then: (problem: string | undefined) => void): void => {
    tryScript(tools, run, 'thaw', then);
  };
  const made = (): void => {
    const checkpoint = vpg.catalogue.tagged.findLast((each) => each.tag === tag);
    if (!checkpoint) {
      late();
      return;
    }
    const { id, time } = checkpoint;
    run.step(`Made the checkpoint of ${timeOfDay(time)} while the applications stood still`);
    vpg.tag(id, tag, true);
    thaw((trouble) => {
      const shortfalls = trouble === undefined ? {} : { shortfalls: [trouble] };
      const outcome = { result: 'success', checkpoint: { id, time }, ...shortfalls } as const;
      tools.records.change(run.id, { ...outcome, ended: run.now });
      run.end({ ...outcome, operation: run.id });
    });
  };
  const late = (): void => {
    const why = `within ${answerLimit / 1000} s none came off`;
    run.step(`No checkpoint was made: ${why}`, 'failed');
    thaw(() => {
      run.end(decline(`No application-consistent checkpoint of ${vpg.name} was made: ${why}`));
    });
  };
  const frozen = (problem: string | undefined): void => {
    if (problem !== undefined) {
      thaw(() => {
        run.end(decline(problem));
      });
      return;
    }
    if (cutsHere) vpg.tagNext(tag);
    else if (peer !== undefined) tools.peers.tell(peer, { kind: 'tag-next', vpg: vpg.name, tag });
    run.expectInTime(`tag ${vpg.name} ${tag}`, answerLimit, late, made);
  };
  // A ZVM that forgot of it would leave the applications frozen.
  run.durable(() => {
    tryScript(tools, run, 'freeze', frozen);
  });
}

/** The ZVM went down meanwhile: whether or not they were frozen by then, the applications go on. */
export function thawAfterRestart(tools: OperationTools, run: Run): void {
  run.step('The ZVM went down meanwhile', 'failed');
  tryScript(tools, run, 'thaw', () => {
    const reason = `The ZVM of ${tools.site} went down while the checkpoint was made`;
    tools.records.change(run.id, { result: 'refused', reason, ended: run.now });
    run.end({ result: 'success' });
  });
}
