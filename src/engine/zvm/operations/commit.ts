/**
 * The end of a failover or a move. A commit fences the old streams for good before it touches a disk; a
 * rollback discards the recovered VMs and goes on where replication stood.
 */
import type { Reply } from '../../api.ts';
import { committingAlready, rolledBackAlready } from '../../vra/messages.ts';
import type { VraReply } from '../../vra/messages.ts';
import { decline } from '../deployment.ts';
import { committedLife, inRecovery, lifeAfter } from '../life.ts';
import type { LifeInRecovery } from '../life.ts';
import type { PlannedStream } from '../plan.ts';
import { retryInterval } from '../timing.ts';
import type { Vpg } from '../vpg.ts';
import { recoveryVras } from './checks.ts';
import { closeImages, imageOf } from './images.ts';
import { failedAnswer, startAgain } from './power.ts';
import { discardQuestion } from './recovered-vms.ts';
import type { Question, Run } from './run.ts';
import type { OperationTools } from './tools.ts';

/** The recovery that waits for a decision that this site's ZVM can carry out, or why there is none. */
export function undecided(tools: OperationTools, vpg: Vpg): LifeInRecovery | Reply {
  const { life } = vpg;
  if (!inRecovery(life)) return decline(`${vpg.name} is neither failing over nor being moved`);
  if (life.site !== tools.site && tools.peers.connected(life.site)) {
    return decline(`The ${life.verb} of ${vpg.name} was started at ${life.site}: decide there`);
  }
  switch (life.phase) {
    case 'before-commit':
      return life;
    case 'starting':
      return decline(`The recovered VMs of ${vpg.name} are still being started`);
    case 'committing':
      return decline(`The ${life.verb} of ${vpg.name} is being committed already`);
    case 'rolling-back':
      return decline(`The ${life.verb} of ${vpg.name} is being rolled back already`);
  }
}

/** From the first promotion on there is no way back: what fails is tried until it works. */
export function commit(
  tools: OperationTools,
  run: Run,
  life: LifeInRecovery,
  reverseProtection: boolean,
): void {
  const { vpg } = run;
  run.reach(recoveryVras(vpg), () => {
    const decided = { ...life, phase: 'committing', reverseProtection } as const;
    if (vpg.life.phase !== 'committing') tools.live(vpg, lifeAfter(vpg.life, decided));
    // A ZVM that forgot of it could roll back what has become the disks of VMs.
    run.durable(() => {
      check(tools, run, decided, () => {
        run.bound = true;
        promote(tools, run, decided, vpg.plan.streams);
      });
    });
  });
}

/** Has every journal read what is to be promoted: damage that is met behind the first promotion leaves no way out. */
function check(tools: OperationTools, run: Run, life: LifeInRecovery, then: () => void): void {
  const { vpg } = run;
  const problems: string[] = [];
  let [hasBegun, isLasting] = [false, false];
  const heard = (key: string, answer: VraReply): undefined => {
    if (answer.kind !== 'task-failed') return undefined;
    if (answer.reason === committingAlready) {
      hasBegun = true;
      return undefined;
    }
    const vm = vpg.plan.streams.find((stream) => checkQuestion(life, stream).key === key)?.vm;
    run.step(`${vm ?? key} cannot be promoted: ${answer.reason}`, 'failed');
    problems.push(`${vm ?? key}: ${answer.reason}`);
    if (answer.lasting === true) isLasting = true;
    return undefined;
  };
  const questions = vpg.plan.streams.map((stream) => checkQuestion(life, stream));
  run.ask(questions, { heard, limit: undefined, patient: true }, () => {
    if (problems.length === 0 || hasBegun) then();
    else if (isLasting) refuseCommit(tools, run, life, problems);
    else {
      tryAgain(run, () => {
        check(tools, run, life, then);
      });
    }
  });
}

/** The VPG waits for a decision as before; a policy that cannot be carried out is left to a person. */
function refuseCommit(
  tools: OperationTools,
  run: Run,
  life: LifeInRecovery,
  problems: readonly string[],
): void {
  const { vpg } = run;
  const deadline = life.policy === 'commit' ? undefined : life.deadline;
  tools.live(vpg, lifeAfter(vpg.life, { ...life, phase: 'before-commit', deadline }));
  const why = `${vpg.name} cannot be committed: ${problems.join('; ')}`;
  run.end(decline(`${why}. Roll it back, and recover from another checkpoint`));
}

function tryAgain(run: Run, then: () => void): void {
  run.answer(
    decline(`${run.vpg.name} could not be committed yet; it is tried again until it is done`),
  );
  run.after(retryInterval, then);
}

function checkQuestion(life: LifeInRecovery, stream: PlannedStream): Question {
  const { vm, recoveryVra: vra, recover } = stream;
  const task = `${life.operation} check ${vm}`;
  const image = imageOf(life.operation, vm);
  const checkpoint = life.checkpoint?.id ?? 0;
  return {
    vra,
    key: `task ${task}`,
    command: { kind: 'check-promotion', task, stream: recover.stream, image, checkpoint },
    silent: `an answer of the VRA on ${vra} about the journal of ${vm}`,
  };
}

function promote(
  tools: OperationTools,
  run: Run,
  life: LifeInRecovery,
  streams: readonly PlannedStream[],
): void {
  const failed: PlannedStream[] = [];
  let rolledBack = 0;
  const heard = (key: string, answer: { kind: string }): undefined => {
    const stream = streams.find((each) => promoteQuestion(life, each).key === key);
    if (!stream) return undefined;
    if (answer.kind === 'task-done') {
      run.step(`The journal of ${stream.vm} up to the checkpoint is its disk`);
      return undefined;
    }
    const why = 'reason' in answer ? String(answer.reason) : answer.kind;
    run.step(`${stream.vm} could not be promoted yet: ${why}`, 'failed');
    failed.push(stream);
    if (why === rolledBackAlready) rolledBack += 1;
    return undefined;
  };
  const questions = streams.map((stream) => promoteQuestion(life, stream));
  run.ask(questions, { heard, limit: undefined, patient: true }, () => {
    if (failed.length === 0) {
      committed(tools, run, life);
      return;
    }
    const { vpg } = run;
    if (rolledBack === vpg.plan.streams.length) {
      beginRollback(tools, vpg, life);
      run.end(decline(`${vpg.name} has been rolled back from ${vpg.plan.from} meanwhile`));
      return;
    }
    tryAgain(run, () => {
      promote(tools, run, life, failed);
    });
  });
}

function committed(tools: OperationTools, run: Run, life: LifeInRecovery): void {
  const { vpg } = run;
  const { reverseProtection } = life;
  run.step(
    reverseProtection
      ? `Committed; protected in reverse, from ${vpg.plan.to} to ${vpg.plan.from}`
      : `Committed; nothing protects the recovered VMs`,
  );
  tools.records.change(run.id, { outcome: 'committed', result: 'success', ended: run.now });
  tools.live(vpg, committedLife(vpg.life, reverseProtection));
  run.end({ result: 'success', operation: run.id, checkpoint: life.checkpoint });
}

function promoteQuestion(life: LifeInRecovery, stream: PlannedStream): Question {
  const { vm, recoveryVra: vra, recover } = stream;
  const task = `${life.operation} promote ${vm}`;
  const image = imageOf(life.operation, vm);
  const checkpoint = life.checkpoint?.id ?? 0;
  return {
    vra,
    key: `task ${task}`,
    command: { kind: 'promote', task, vm, stream: recover.stream, image, checkpoint },
    silent: `an answer of the VRA on ${vra} about ${vm}`,
  };
}

/** Not where the other ZVM has told meanwhile that it has ended. */
function beginRollback(tools: OperationTools, vpg: Vpg, life: LifeInRecovery): void {
  if (!inRecovery(vpg.life) || vpg.life.phase === 'rolling-back') return;
  tools.live(vpg, lifeAfter(vpg.life, { ...life, phase: 'rolling-back' }));
}

/** Discards the recovered VMs; those that were shut down for them are started again. */
export function rollBack(tools: OperationTools, run: Run, life: LifeInRecovery): void {
  const { vpg } = run;
  run.reach(recoveryVras(vpg), () => {
    beginRollback(tools, vpg, life);
    const { streams } = vpg.plan;
    run.bound = true;
    run.ask(
      streams.map((stream) => discardQuestion(run.id, stream)),
      { heard: failedAnswer(run) },
      () => {
        closeImages(run, () => {
          run.step('Discarded the recovered VMs');
          startAgain(tools, run, life.shutDown, () => {
            // What was refused on its way stays refused.
            const isRefused = tools.records.find(run.id)?.result === 'refused';
            tools.records.change(run.id, {
              outcome: 'rolled-back',
              ...(!isRefused && { result: 'success' }),
              ended: run.now,
            });
            beginRollback(tools, vpg, life);
            if (inRecovery(vpg.life)) {
              tools.live(vpg, lifeAfter(vpg.life, { phase: 'protected' }));
            }
            run.end({ result: 'success', operation: run.id, checkpoint: life.checkpoint });
          });
        });
      },
    );
  });
}
