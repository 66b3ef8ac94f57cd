/**
 * Disks at a checkpoint, to be read and no more: for files out of them. Nothing is copied, nothing is
 * tested, and what else goes on with the VPG goes on beside it. The images belong to whoever asked, who closes
 * them.
 */
import type { CheckpointSelector, Reply } from '../../api.ts';
import type { Checkpoint } from '../catalogue.ts';
import { timeOfDay } from '../clock-text.ts';
import { decline, refuse } from '../deployment.ts';
import { inRecovery } from '../life.ts';
import type { Vpg } from '../vpg.ts';
import { missingForImages } from './checks.ts';
import { imagesOf, openImages } from './images.ts';
import type { Run } from './run.ts';
import type { OperationTools } from './tools.ts';

export interface MountOptions {
  readonly checkpoint: CheckpointSelector;
  /** Undefined: all of the VPG. */
  readonly vm?: string | undefined;
  /** Undefined: all of the VM. */
  readonly disk?: string | undefined;
  readonly notes?: string | undefined;
}

export function mount(tools: OperationTools, run: Run, options: MountOptions): void {
  const { vpg } = run;
  const refusal = settled(vpg);
  if (refusal) {
    run.end(refusal);
    return;
  }
  const { checkpoint: selector, vm, disk, notes } = options;
  const missing = missingForImages(vpg, tools.vras, vm === undefined ? undefined : [vm]);
  missing.push(...missingDisk(run, options));
  if (vpg.catalogue.count > 0 && !vpg.catalogue.select(selector)) {
    missing.push(`${nameOf(selector)} of ${vpg.name}`);
  }
  if (missing.length > 0) {
    run.end(refuse(`The disks of ${vpg.name} cannot be mounted`, missing));
    return;
  }
  const opened = (checkpoint: Checkpoint): void => {
    const wanted = Object.entries(imagesOf(run)).filter(
      ([name]) => disk === undefined || name.endsWith(`/${disk}`),
    );
    tools.records.change(run.id, { result: 'success', ended: run.now, checkpoint, notes });
    const images = Object.fromEntries(wanted);
    run.end({ result: 'success', operation: run.id, checkpoint, images });
  };
  openImages(tools, run, selector, opened, true);
}

/** There is no journal to read any more, or it is about to become the disks of the recovered VMs. */
function settled({ life, name }: Vpg): Reply | undefined {
  if (life.phase === 'recovered') {
    return decline(
      `${name} has been recovered and nothing protects it: its checkpoints are gone with its journals`,
    );
  }
  if (inRecovery(life) && life.phase === 'committing') {
    return decline(`${name} is being committed, and its checkpoints go with its journals`);
  }
  return undefined;
}

function missingDisk({ vpg, streams }: Run, { vm, disk }: MountOptions): string[] {
  const disks = streams.flatMap((each) => each.recover.disks.map(({ name }) => name));
  if (disk === undefined || streams.length === 0 || disks.includes(disk)) return [];
  return [`a disk ${disk} of ${vm ?? vpg.name} (it has ${disks.join(', ')})`];
}

function nameOf(selector: CheckpointSelector): string {
  switch (selector.kind) {
    case 'latest':
    case 'oldest':
      return `a ${selector.kind} checkpoint`;
    case 'id':
      return `the checkpoint ${selector.id}`;
    case 'tag':
      return `a checkpoint with the tag ${selector.tag}`;
    case 'time':
      return `a checkpoint ${selector.inclusive ? 'not after' : 'before'} ${timeOfDay(selector.time)}`;
  }
}
