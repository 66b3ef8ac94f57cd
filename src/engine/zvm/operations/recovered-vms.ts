/** Recovered VMs: started in their order on images, and what of their networks did not come off. */
import type { LifeInRecovery } from '../life.ts';
import type { Vpg } from '../vpg.ts';
import { scheduleBoot } from './boot.ts';
import type { BootSchedule } from './boot.ts';
import { imageOf, openQuestion } from './images.ts';
import { failedAnswer } from './power.ts';
import type { Question, Run } from './run.ts';
import type { PlannedStream } from '../plan.ts';

export function bootOf({ plan }: Vpg): BootSchedule {
  const vms = plan.streams.map(({ vm, recoveryVra, bootGroup }) => ({
    vm,
    host: recoveryVra,
    group: bootGroup,
  }));
  return scheduleBoot(vms, plan.boot);
}

/** What is wanted of the recovered VMs and will not come off: a VM with a wrong address is no success. */
export function shortfallsOf({ plan }: Vpg): readonly string[] {
  return plan.streams.flatMap(({ vm, guestTools, newAddresses }) =>
    guestTools
      ? []
      : newAddresses.map(
          ({ nic, address }) =>
            `${nic} of ${vm} did not get the address ${address}: its guest has no tools`,
        ),
  );
}

/** Starts all in their order. */
export function startRecovered(run: Run, then: () => void): void {
  const streams = new Map(run.vpg.plan.streams.map((stream) => [stream.vm, stream]));
  const { boots, over } = bootOf(run.vpg);
  const begun = run.now;
  if (over > 0) run.step(`Planned the start of ${boots.length} VMs over ${seconds(over)}`);
  const next = (index: number): void => {
    const boot = boots[index];
    const stream = boot && streams.get(boot.vm);
    if (!stream) {
      then();
      return;
    }
    run.after(begun + boot.at - run.now, () => {
      run.ask([runQuestion(run.id, stream)], { heard: failedAnswer(run) }, () => {
        const group = stream.bootGroup === undefined ? '' : ` of boot group ${stream.bootGroup}`;
        run.step(`Started ${stream.vm}${group} on ${stream.recoveryVra}`);
        connect(run, stream);
        next(index + 1);
      });
    });
  };
  next(0);
}

export function runQuestion(operation: string, { vm, recoveryVra: vra }: PlannedStream): Question {
  const task = `${operation} run ${vm}`;
  const image = imageOf(operation, vm);
  return {
    vra,
    key: `task ${task}`,
    command: { kind: 'run-recovered', task, vm, image },
    silent: `an answer of the VRA on ${vra} about the start of ${vm}`,
  };
}

export function discardQuestion(
  operation: string,
  { vm, recoveryVra: vra, recover }: PlannedStream,
): Question {
  const task = `${operation} discard ${vm}`;
  const image = imageOf(operation, vm);
  const { stream } = recover;
  const silent = `an answer of the VRA on ${vra} about the end of ${vm}`;
  return {
    vra,
    key: `task ${task}`,
    command: { kind: 'discard-recovered', task, vm, stream, image },
    silent,
  };
}

function connect(run: Run, stream: PlannedStream): void {
  const { vm, guestTools, newAddresses, unmappedLiveNics } = stream;
  for (const nic of unmappedLiveNics) {
    run.step(`Left ${nic} of ${vm} unconnected: no failover network`);
  }
  for (const { nic, address } of newAddresses) {
    if (guestTools) run.step(`Gave ${nic} of ${vm} the address ${address}`);
    else run.step(`${nic} of ${vm} did not get the address ${address}: no guest tools`, 'failed');
  }
}

export function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}

/** Opens images anew that went with their VRA, and starts their VMs: what those had not flushed is lost. */
export function revive(run: Run, life: LifeInRecovery, streams: readonly PlannedStream[]): void {
  const checkpoint = life.checkpoint?.id ?? 0;
  const heard = failedAnswer(run);
  const lost: PlannedStream[] = [];
  run.ask(
    streams.map((stream) => openQuestion(run.id, stream, checkpoint)),
    {
      heard: (key, answer) => {
        const stream = streams.find(({ vm }) => key === `image ${imageOf(run.id, vm)}`);
        if (answer.kind === 'image-refused') {
          run.step(`${stream?.vm ?? key} is lost with its VRA: ${answer.reason}`, 'failed');
        } else if (answer.kind === 'image-opened' && answer.known !== true && stream) {
          lost.push(stream);
        }
        return undefined;
      },
    },
    () => {
      run.ask(
        lost.map((stream) => runQuestion(run.id, stream)),
        { heard },
        () => {
          for (const { vm } of lost) {
            run.step(
              `${vm} went down with its VRA: started anew with what it had flushed`,
              'failed',
            );
          }
          run.end({ result: 'success' });
        },
      );
    },
  );
}
