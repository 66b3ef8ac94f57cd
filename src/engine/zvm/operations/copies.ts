/**
 * Independent copies at the recovery site, made from an image that is closed afterwards: a clone of all
 * disks, or one file.
 *
 * Until the engine reads file systems, which comes with real disks, a file is an extent of a disk.
 */
import type { CheckpointSelector, RestoredFile } from '../../api.ts';
import { refuse } from '../deployment.ts';
import type { PlannedStream } from '../plan.ts';
import type { Checkpoint } from '../catalogue.ts';
import { missingForImages } from './checks.ts';
import { closeImages, imageOf, openImages } from './images.ts';
import { failedAnswer } from './power.ts';
import type { Question, Run } from './run.ts';
import type { OperationTools } from './tools.ts';

export function clone(
  tools: OperationTools,
  run: Run,
  selector: CheckpointSelector,
  datastore: string | undefined,
  vms: readonly string[] | undefined,
): void {
  const { vpg, streams } = run;
  const missing = missingForImages(vpg, tools.vras, vms);
  if (missing.length > 0) {
    run.end(refuse(`${vpg.name} cannot be cloned`, missing));
    return;
  }
  openImages(tools, run, selector, (checkpoint) => {
    const questions = streams.map((stream) => copyQuestion(run, stream, datastore));
    run.ask(questions, { heard: failedAnswer(run), limit: undefined }, () => {
      for (const { vm } of streams) run.step(`Copied the disks of ${vm}`);
      copied(tools, run, checkpoint, streams);
    });
  });
}

export function restoreFile(
  tools: OperationTools,
  run: Run,
  selector: CheckpointSelector,
  file: RestoredFile,
): void {
  const { vpg } = run;
  const [stream] = run.streams;
  const missing = missingForImages(vpg, tools.vras, [file.vm]);
  if (stream && !stream.recover.disks.some(({ name }) => name === file.disk)) {
    missing.push(`a disk ${file.disk} of ${file.vm}`);
  }
  if (!stream || missing.length > 0) {
    run.end(refuse(`${file.path} cannot be restored`, missing));
    return;
  }
  openImages(tools, run, selector, (checkpoint) => {
    const { disk, offset, length } = file;
    const question = copyQuestion(run, stream, undefined, { disk, offset, length });
    run.ask([question], { heard: failedAnswer(run), limit: undefined }, () => {
      run.step(`Restored ${file.path} of ${file.vm}: ${length} bytes`);
      copied(tools, run, checkpoint, [stream]);
    });
  });
}

function copied(
  tools: OperationTools,
  run: Run,
  checkpoint: Checkpoint,
  streams: readonly PlannedStream[],
): void {
  closeImages(run, () => {
    tools.records.change(run.id, { result: 'success', ended: run.now, checkpoint });
    const images: Record<string, string> = {};
    for (const { vm, recover } of streams) {
      for (const { name } of recover.disks) images[`${vm}/${name}`] = copyOf(run.id, vm);
    }
    run.end({ result: 'success', operation: run.id, checkpoint, images });
  });
}

function copyQuestion(
  run: Run,
  { vm, recoveryVra: vra, recover }: PlannedStream,
  datastore: string | undefined,
  part?: { readonly disk: string; readonly offset: number; readonly length: number },
): Question {
  const task = copyOf(run.id, vm);
  const own = recover.replicaFolder.split('/')[0] ?? '';
  const folder = `${datastore ?? own}/${part ? 'restored' : 'clones'}/${run.id}/${vm}`;
  return {
    vra,
    key: `task ${task}`,
    command: { kind: 'copy', task, image: imageOf(run.id, vm), folder, part },
    silent: `an answer of the VRA on ${vra} about the copy of ${vm}`,
  };
}

function copyOf(operation: string, vm: string): string {
  return `${operation} copy ${vm}`;
}
