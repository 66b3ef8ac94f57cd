/** The power of protected VMs: shut down for a recovery, started again where it is rolled back. */
import type { Reply } from '../../api.ts';
import { decline } from '../deployment.ts';
import { inRecovery, lifeAfter } from '../life.ts';
import type { PlannedStream } from '../plan.ts';
import { protectedVras } from './checks.ts';
import { heardOf } from './run.ts';
import type { Question, Run } from './run.ts';
import type { OperationTools } from './tools.ts';

/** What becomes of the protected VMs: left as they are, shut down, or switched off if need be. */
export type ShutdownPolicy = 'none' | 'shutdown' | 'force';

/** How long guests have for a shutdown before it counts as failed, in milliseconds. */
const shutdownLimit = 300_000;

/**
 * Shuts down what can be reached. What cannot is noted and left as it is: in a disaster nobody could
 * do more. `then` gets the VMs that are off for it.
 */
export function shutDown(
  tools: OperationTools,
  run: Run,
  policy: ShutdownPolicy,
  then: (off: readonly string[]) => void,
): void {
  if (policy === 'none') {
    then([]);
    return;
  }
  run.reachSome(protectedVras(run.vpg), (heard) => {
    const reached: PlannedStream[] = [];
    for (const stream of run.vpg.plan.streams) {
      if (heard.has(stream.protectedVra)) reached.push(stream);
      else
        run.step(
          `Left ${stream.vm} as it is: ${heardOf(stream.protectedVra)} is missing`,
          'failed',
        );
    }
    const stubborn: PlannedStream[] = [];
    const reasons: string[] = [];
    // Noted before: whoever takes the recovery back has to know what may be off for it.
    const { life } = run.vpg;
    if (inRecovery(life)) {
      const all = reached.map(({ vm }) => vm);
      tools.live(run.vpg, lifeAfter(life, { ...life, shutDown: all }));
    }
    const heardAnswer = (key: string, answer: { kind: string; reason?: string }): undefined => {
      const stream = reached.find(({ vm }) => key.endsWith(` ${vm}`));
      if (!stream) return undefined;
      if (answer.kind === 'task-done') {
        run.step(`Shut ${stream.vm} down`);
      } else {
        stubborn.push(stream);
        reasons.push(answer.reason ?? '');
        run.step(`${stream.vm} did not shut down: ${answer.reason ?? ''}`, 'failed');
      }
      return undefined;
    };
    const ask = { limit: shutdownLimit, heard: heardAnswer };
    const answered = (): void => {
      if (stubborn.length > 0 && policy !== 'force') {
        run.end(decline(`${run.vpg.name}: ${reasons.join('; ')}`));
        return;
      }
      const off = stubborn.map((stream) => question(run, stream, 'off'));
      run.ask(off, { heard: failedAnswer(run) }, () => {
        for (const { vm } of stubborn) run.step(`Switched ${vm} off`);
        then(reached.map(({ vm }) => vm));
      });
    };
    run.durable(() => {
      run.ask(
        reached.map((stream) => question(run, stream, 'shut-down')),
        ask,
        answered,
      );
    });
  });
}

/** Starts protected VMs again. What cannot be reached is started when it can (see `restarts.ts`). */
export function startAgain(
  tools: OperationTools,
  run: Run,
  vms: readonly string[],
  then: () => void,
): void {
  const { vpg } = run;
  const streams = vpg.plan.streams.filter(({ vm }) => vms.includes(vm));
  const startLater = (vm: string): void => {
    if (!vpg.toStart.includes(vm)) vpg.toStart = [...vpg.toStart, vm];
    tools.keep(vpg);
  };
  run.reachSome([...new Set(streams.map((stream) => stream.protectedVra))], (heard) => {
    const reached = streams.filter((stream) => heard.has(stream.protectedVra));
    for (const { vm, protectedVra } of streams) {
      if (heard.has(protectedVra)) continue;
      run.step(`${vm} is still off: ${heardOf(protectedVra)} is missing`, 'failed');
      startLater(vm);
    }
    run.ask(
      reached.map((stream) => question(run, stream, 'on')),
      {
        heard: (key, answer) => {
          const vm = reached.find((stream) => key.endsWith(` ${stream.vm}`))?.vm ?? key;
          if (answer.kind === 'task-done') run.step(`Started ${vm} again`);
          else if (answer.kind === 'task-failed') {
            run.step(`${vm} did not start again: ${answer.reason}`, 'failed');
            startLater(vm);
          }
          return undefined;
        },
      },
      then,
    );
  });
}

function question(run: Run, stream: PlannedStream, to: 'shut-down' | 'off' | 'on'): Question {
  const { vm, protectedVra: vra } = stream;
  const task = `${run.id} ${to} ${vm}`;
  const silent = `an answer of the VRA on ${vra} about the power of ${vm}`;
  return { vra, key: `task ${task}`, command: { kind: 'power', task, vm, to }, silent };
}

export function failedAnswer(
  run: Run,
): (key: string, answer: { kind: string }) => Reply | undefined {
  return (_key, answer) => {
    if (answer.kind !== 'task-failed') return undefined;
    const reason = 'reason' in answer ? String(answer.reason) : '';
    return decline(`${run.vpg.name}: ${reason}`);
  };
}
