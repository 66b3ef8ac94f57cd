/** A failover test: images of every VM beside the running replication, and its end (OUT-12). */
import type { CheckpointSelector } from '../../api.ts';
import { timeOfDay } from '../clock-text.ts';
import { decline, refuse } from '../deployment.ts';
import type { Vpg } from '../vpg.ts';
import { missingForImages, recoveryVras } from './checks.ts';
import { closeImages, imagesOf, openImages } from './images.ts';
import type { Run } from './run.ts';
import type { OperationTools } from './tools.ts';

export function failoverTest(
  tools: OperationTools,
  run: Run,
  selector: CheckpointSelector,
  vms: readonly string[] | undefined,
): void {
  const { vpg } = run;
  if (vpg.testingAt !== undefined) {
    const where = vpg.testingAt;
    const reason = `A failover test of ${vpg.name} runs already, started at ${where}: stop it first`;
    run.end(decline(reason));
    return;
  }
  const missing = missingForImages(vpg, tools.vras, vms);
  if (missing.length > 0) {
    run.end(refuse(`${vpg.name} cannot be tested`, missing));
    return;
  }
  openImages(tools, run, selector, (checkpoint) => {
    for (const { vm, unmappedNics } of run.streams) {
      for (const nic of unmappedNics) {
        run.step(`Left ${nic} of ${vm} unconnected: no test network`);
      }
    }
    vpg.testingAt = tools.site;
    tellTest(tools, vpg, true);
    tools.records.change(run.id, { result: 'success', checkpoint });
    const images = imagesOf(run);
    run.end({ result: 'success', operation: run.id, checkpoint, images });
  });
}

export interface TestVerdict {
  /** Whether those who tested call it a success. */
  readonly success: boolean;
  readonly notes: string | undefined;
}

/** `run` works on the test's own operation. */
export function stopTest(tools: OperationTools, run: Run, { success, notes }: TestVerdict): void {
  const { vpg } = run;
  run.reach(recoveryVras(vpg, run.streams), () => {
    closeImages(run, () => {
      const test = tools.records.find(run.id);
      run.step('Closed all disks');
      const outcome = success ? 'passed' : 'failed';
      tools.records.change(run.id, { ended: run.now, outcome, notes });
      // The seed's product tags what was tested, so that a proven checkpoint can be found again.
      if (test?.checkpoint && !isTaggedByPerson(vpg, test.checkpoint.id)) {
        vpg.tag(test.checkpoint.id, `${testedAt} ${timeOfDay(test.at)}`);
      }
      if (success) vpg.tested(run.now);
      tools.keep(vpg);
      vpg.testingAt = undefined;
      tellTest(tools, vpg, false, success ? run.now : undefined);
      run.end({ result: 'success', operation: run.id, checkpoint: test?.checkpoint });
    });
  });
}

const testedAt = 'Tested at';

/** What a person called a checkpoint is what they look for it by. */
function isTaggedByPerson(vpg: Vpg, id: number): boolean {
  const known = vpg.catalogue.tagged.find((checkpoint) => checkpoint.id === id);
  return known !== undefined && !known.tag.startsWith(testedAt);
}

function tellTest(tools: OperationTools, vpg: Vpg, running: boolean, passedAt?: number): void {
  if (vpg.plan.peer === undefined) return;
  tools.peers.tell(vpg.plan.peer, { kind: 'test-running', vpg: vpg.name, running, passedAt });
}
