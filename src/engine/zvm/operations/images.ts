/**
 * Images of every VM of a VPG at one checkpoint: what a test, a failover, a clone and a file restore
 * begin with. The journals have the last word on what can be recovered: a checkpoint that they have
 * promoted is refused at once and the list is refreshed (OUT-8).
 */
import type { CheckpointSelector } from '../../api.ts';
import type { ImageRefusal } from '../../vra/messages.ts';
import type { Checkpoint } from '../catalogue.ts';
import { timeOfDay } from '../clock-text.ts';
import { decline, refuse } from '../deployment.ts';
import type { PlannedStream } from '../plan.ts';
import { recoveryVras } from './checks.ts';
import type { Question, Run } from './run.ts';
import type { OperationTools } from './tools.ts';

/**
 * Turns to the recovery VRAs, chooses the checkpoint and opens it; a refusal closes all again. What is opened as a
 * `mount` is to be read only, and belongs to whoever asked.
 */
export function openImages(
  tools: OperationTools,
  run: Run,
  selector: CheckpointSelector,
  then: (checkpoint: Checkpoint) => void,
  mount = false,
): void {
  run.reach(recoveryVras(run.vpg, run.streams), () => {
    const { vpg } = run;
    // Between two cleanings a list that was clean has aged by seconds, which is no news to anybody.
    if (selector.kind === 'oldest' && vpg.cleaned) vpg.clean();
    const checkpoint = vpg.catalogue.select(selector);
    if (!checkpoint) {
      run.end(decline(`${vpg.name} has no such checkpoint`));
      return;
    }
    run.step(`Chose the checkpoint of ${timeOfDay(checkpoint.time)}`);
    open(tools, run, checkpoint, then, mount);
  });
}

function open(
  tools: OperationTools,
  run: Run,
  checkpoint: Checkpoint,
  then: (checkpoint: Checkpoint) => void,
  mount: boolean,
): void {
  const { vpg } = run;
  const opened = (key: string): PlannedStream | undefined =>
    run.streams.find((stream) => `image ${imageOf(run.id, stream.vm)}` === key);
  let aged = false;
  const closeAll = (): void => {
    for (const stream of run.streams) {
      const image = imageOf(run.id, stream.vm);
      tools.vras.tell(stream.recoveryVra, { kind: 'close-image', image });
    }
  };
  const { undo } = run;
  run.undo = () => {
    closeAll();
    undo?.();
  };
  run.ask(
    run.streams.map((stream) => openQuestion(run.id, stream, checkpoint.id, mount)),
    {
      heard: (key, message) => {
        if (message.kind === 'image-refused') {
          const { reason } = message;
          run.step(`${message.image}: ${reason}`, 'failed');
          if (reason !== 'checkpoint-aged-out' && reason !== 'checkpoint-unknown') {
            return refuse(`${vpg.name} cannot be recovered`, [remedyOf(reason)]);
          }
          aged = true;
        } else if (message.kind === 'image-opened') {
          run.step(`Opened the disks of ${opened(key)?.vm ?? message.image}`);
        }
        return undefined;
      },
    },
    () => {
      if (aged) {
        closeAll();
        run.undo = undo;
        refresh(run, checkpoint);
      } else then(checkpoint);
    },
  );
}

/** The list offered what the journals no longer have: it is cleaned before the refusal is given. */
function refresh(run: Run, checkpoint: Checkpoint): void {
  const { vpg } = run;
  const questions = recoveryVras(vpg, run.streams).map((vra): Question => {
    const silent = `a report of the VRA on ${vra}`;
    return { vra, key: `report ${vra}`, command: { kind: 'report-now' }, silent };
  });
  const refused = decline(
    `The checkpoint of ${timeOfDay(checkpoint.time)} has left the journal of ${vpg.name}`,
  );
  run.ask(questions, {}, () => {
    vpg.clean();
    const oldest = vpg.catalogue.oldest;
    const left = oldest
      ? `The oldest that is left is of ${timeOfDay(oldest.time)}`
      : 'No checkpoint is left';
    run.end(decline(`${refused.reason}. The list has been refreshed. ${left}`));
  });
}

export function openQuestion(
  operation: string,
  stream: PlannedStream,
  checkpoint: number,
  mount = false,
): Question {
  const image = imageOf(operation, stream.vm);
  return {
    vra: stream.recoveryVra,
    key: `image ${image}`,
    command: {
      kind: 'open-image',
      image,
      stream: stream.recover.stream,
      checkpoint,
      mount: mount ? true : undefined,
    },
    silent: `an answer about the image ${image}`,
  };
}

/** Closes the images of an operation. */
export function closeImages(run: Run, then: () => void): void {
  const questions = run.streams.map((stream): Question => {
    const image = imageOf(run.id, stream.vm);
    return {
      vra: stream.recoveryVra,
      key: `image ${image}`,
      command: { kind: 'close-image', image },
      silent: `an answer about the image ${image}`,
    };
  });
  run.ask(questions, {}, then);
}

/** By which a caller reads the recovered disks: `vm/disk` to image. */
export function imagesOf({ id, streams }: Run): Record<string, string> {
  const images: Record<string, string> = {};
  for (const { vm, recover } of streams) {
    for (const disk of recover.disks) images[`${vm}/${disk.name}`] = imageOf(id, vm);
  }
  return images;
}

/** The site whose ZVM opened an image, for an operation or to hold a checkpoint. */
export function openerOf(image: string): string | undefined {
  return /^(.*?) (?:\d+-\d+|guard \d+)\//.exec(image)?.[1];
}

export function imageOf(operation: string, vm: string): string {
  return `${operation}/${vm}`;
}

function remedyOf(
  reason: Exclude<ImageRefusal, 'checkpoint-aged-out' | 'checkpoint-unknown'>,
): string {
  switch (reason) {
    case 'stream-unknown':
      return 'the VPG in the configuration of its recovery VRA';
    case 'replica-incomplete':
      return 'a complete replica: the synchronization has not ended';
    case 'scratch-full':
      return 'space for the scratch';
    case 'storage-failed':
      return 'storage that answers: the journal or its datastore failed';
  }
}
