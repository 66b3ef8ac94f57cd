/**
 * A move loses nothing (MIG-2): the source is shut down, a last checkpoint behind all of its writes has to
 * reach every journal, and only from that one the VMs are made at the other site.
 */
import type { RecoveryOptions } from '../../api.ts';
import { timeOfDay } from '../clock-text.ts';
import { decline, refuse } from '../deployment.ts';
import { drainLimit } from '../timing.ts';
import type { Vpg } from '../vpg.ts';
import { missingForImages, protectedVras } from './checks.ts';
import { bringUp, enter, recoveryOf } from './failover.ts';
import { openImages } from './images.ts';
import { shutDown } from './power.ts';
import { heardOf } from './run.ts';
import type { Run } from './run.ts';
import { runScript } from './scripts.ts';
import type { OperationTools } from './tools.ts';

export interface MoveOptions extends RecoveryOptions {
  readonly force: boolean;
}

export function move(tools: OperationTools, run: Run, options: MoveOptions): void {
  const { vpg } = run;
  run.reachSome(protectedVras(vpg), (heard) => {
    const missing = [
      ...missingForImages(vpg, tools.vras),
      ...missingForDraining(tools, vpg, heard),
    ];
    if (missing.length > 0) {
      run.end(refuse(`${vpg.name} cannot be moved, for its source cannot be drained`, missing));
      return;
    }
    enter(tools, run, 'starting', recoveryOf(tools, run, 'move', options, undefined));
    runScript(tools, run, 'pre', options.continueOnScriptFailure ?? false, () => {
      shutDown(tools, run, options.force ? 'force' : 'shutdown', (off) => {
        enter(tools, run, 'starting', recoveryOf(tools, run, 'move', options, undefined, off));
        drain(tools, run, () => {
          const tag = tagOf(run);
          openImages(tools, run, { kind: 'tag', tag }, (checkpoint) => {
            tools.records.change(run.id, { checkpoint });
            bringUp(
              tools,
              run,
              recoveryOf(tools, run, 'move', options, checkpoint, off),
              checkpoint,
            );
          });
        });
      });
    });
  });
}

function missingForDraining(tools: OperationTools, vpg: Vpg, heard: ReadonlySet<string>): string[] {
  const missing: string[] = [];
  const { peer } = vpg.plan;
  if (peer !== undefined && !tools.peers.connected(peer)) {
    missing.push(
      `a connection to the ZVM of ${peer}, without which no last checkpoint can be made`,
    );
  }
  for (const vra of protectedVras(vpg)) if (!heard.has(vra)) missing.push(heardOf(vra));
  if (vpg.paused) missing.push('replication that is not paused');
  for (const stream of vpg.plan.streams) {
    const sending = tools.vras.sending(stream.protectedVra, stream.protect.stream);
    const receiving = tools.vras.receiving(stream.recoveryVra, stream.recover.stream);
    if ((sending ?? receiving)?.state !== 'disconnected') continue;
    missing.push(
      `a connection between the VRAs on ${stream.protectedVra} and ${stream.recoveryVra}`,
    );
  }
  return missing;
}

/** A checkpoint that was asked for when the VMs were off, and that every journal holds. */
function drain(tools: OperationTools, run: Run, then: () => void): void {
  const { vpg } = run;
  const tag = tagOf(run);
  const begun = run.now;
  const again = (): void => {
    const left = begun + drainLimit - run.now;
    if (left <= 0) {
      const missing = `within ${drainLimit / 60_000} min its last writes did not reach the journals`;
      run.end(decline(`${vpg.name} cannot be moved: ${missing}. Its VMs are started again`));
      return;
    }
    const { cutsHere, peer } = vpg.plan;
    if (cutsHere) vpg.tagNext(tag);
    else if (peer !== undefined) tools.peers.tell(peer, { kind: 'tag-next', vpg: vpg.name, tag });
    run.expect(
      `tag ${vpg.name} ${tag}`,
      Math.min(left, askAgain),
      () => {
        again();
        return { result: 'success' };
      },
      () => {
        const time = vpg.catalogue.newest?.time ?? run.now;
        run.step(`Drained: the checkpoint of ${timeOfDay(time)} holds every write`);
        then();
      },
    );
  };
  again();
}

/** A checkpoint that does not come off takes its tag with it; so it is asked for anew, in milliseconds. */
const askAgain = 15_000;

function tagOf(run: Run): string {
  return `Moved (${run.id})`;
}
