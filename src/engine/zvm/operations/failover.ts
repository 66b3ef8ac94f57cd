/**
 * Failover live: the VMs run at the recovery site, on images of a checkpoint and at once, until somebody
 * (or the commit policy) decides whether it stays so.
 */
import type { CheckpointSelector, RecoveryOptions, Reply } from '../../api.ts';
import type { Checkpoint } from '../catalogue.ts';
import { decline, refuse } from '../deployment.ts';
import { inRecovery, lifeAfter } from '../life.ts';
import type { Recovery, RecoveryPhase, RecoveryVerb } from '../life.ts';
import type { Vpg } from '../vpg.ts';
import { missingForImages } from './checks.ts';
import { imagesOf, openImages } from './images.ts';
import { shutDown } from './power.ts';
import type { ShutdownPolicy } from './power.ts';
import { bootOf, seconds, shortfallsOf, startRecovered } from './recovered-vms.ts';
import type { Run } from './run.ts';
import { runScript } from './scripts.ts';
import type { OperationTools } from './tools.ts';

export interface FailoverOptions extends RecoveryOptions {
  readonly checkpoint: CheckpointSelector;
  readonly shutdown: ShutdownPolicy;
}

export function failover(tools: OperationTools, run: Run, options: FailoverOptions): void {
  const { vpg } = run;
  const missing = missingForImages(vpg, tools.vras);
  if (missing.length > 0) {
    run.end(refuse(`${vpg.name} cannot be failed over`, missing));
    return;
  }
  openImages(tools, run, options.checkpoint, (checkpoint) => {
    tools.records.change(run.id, { checkpoint });
    enter(tools, run, 'starting', recoveryOf(tools, run, 'failover', options, checkpoint));
    run.durable(() => {
      runScript(tools, run, 'pre', options.continueOnScriptFailure ?? false, () => {
        shutDown(tools, run, options.shutdown, (off) => {
          const recovery = recoveryOf(tools, run, 'failover', options, checkpoint, off);
          bringUp(tools, run, recovery, checkpoint);
        });
      });
    });
  });
}

/** What is known of a recovery from its request and the VPG's own settings. */
export function recoveryOf(
  tools: OperationTools,
  run: Run,
  verb: RecoveryVerb,
  options: RecoveryOptions,
  checkpoint: Checkpoint | undefined,
  off: readonly string[] = [],
): Recovery {
  const { commit, reverseProtection } = run.vpg.plan;
  return {
    verb,
    operation: run.id,
    site: tools.site,
    checkpoint: checkpoint && { id: checkpoint.id, time: checkpoint.time },
    shutDown: off,
    reverseProtection: options.reverseProtection ?? reverseProtection,
    policy: options.commitPolicy ?? commit.policy,
    wait: options.commitTimeout ?? commit.timeout,
    deadline: undefined,
  };
}

/**
 * The VPG is in recovery from now on. Where the run ends with a refusal it is rolled back, as often as it takes:
 * a VRA that is silent just then may run a recovered VM, or hold one down that was shut down for it.
 */
export function enter(
  tools: OperationTools,
  run: Run,
  phase: RecoveryPhase,
  recovery: Recovery,
): void {
  const { vpg } = run;
  tools.live(vpg, lifeAfter(vpg.life, { phase, ...recovery }));
  if (run.entered) return;
  run.entered = true;
  run.undo = () => {
    const { life } = vpg;
    if (!inRecovery(life) || life.operation !== run.id) return;
    tools.live(vpg, lifeAfter(life, { ...life, phase: 'rolling-back' }));
  };
}

/** Starts the recovered VMs on their open images, and leaves the VPG to a decision. */
export function bringUp(
  tools: OperationTools,
  run: Run,
  recovery: Recovery,
  checkpoint: Checkpoint,
): void {
  const { vpg } = run;
  enter(tools, run, 'starting', recovery);
  const images = imagesOf(run);
  const shortfalls = shortfallsOf(vpg);
  const reply: Reply = {
    result: 'success',
    operation: run.id,
    checkpoint,
    images,
    ...(shortfalls.length > 0 && { shortfalls }),
  };
  // Whoever asked does not wait for an hour of starting VMs.
  if (bootOf(vpg).over > 0) run.answer(reply);
  const started = (): void => {
    const begun = tools.records.find(run.id)?.at ?? run.now;
    const rto = run.now - begun;
    run.step(`All VMs run at ${vpg.plan.to} after ${seconds(rto)}`);
    tools.records.change(run.id, { rto, ...(shortfalls.length > 0 && { shortfalls }) });
    const { policy, wait } = recovery;
    const deadline = policy === 'none' ? undefined : run.now + wait;
    enter(tools, run, 'before-commit', { ...recovery, deadline });
    run.end(reply);
  };
  run.durable(() => {
    startRecovered(run, () => {
      runScript(tools, run, 'post', true, started);
    });
  });
}

/** Why nothing can begin with a VPG now; undefined where it can. */
export function engaged(vpg: Vpg, besideTest = false): Reply | undefined {
  const { life } = vpg;
  switch (life.phase) {
    case 'protected':
      break;
    case 'recovered':
      return decline(
        `${vpg.name} has been recovered and nothing protects it: protect it in reverse first`,
      );
    default: {
      const what = life.verb === 'move' ? 'being moved' : 'failing over';
      return decline(
        `${vpg.name} is ${what} already (${life.operation}): commit or roll back first`,
      );
    }
  }
  if (vpg.testingAt === undefined || besideTest) return undefined;
  const where = vpg.testingAt;
  return decline(`A failover test of ${vpg.name} runs, started at ${where}: stop it first`);
}
