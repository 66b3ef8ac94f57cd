/** Copies the disks of a VPG as they were at a checkpoint into files. */
import * as vscode from 'vscode';
import type { CloneFormat } from '../../engine/control/questions.ts';
import { choose, chooseCheckpoint, type Choice } from './choices.ts';
import { chooseVms } from './recovery-choices.ts';
import type { Target, VpgServices } from './vpg-verbs.ts';

const formats: readonly Choice<CloneFormat>[] = [
  { label: 'raw', detail: 'Byte for byte, with holes where the disk is empty', value: 'raw' },
  { label: 'qcow2', detail: 'QEMU and KVM; needs qemu-img', value: 'qcow2' },
  { label: 'vmdk', detail: 'VMware', value: 'vmdk' },
  { label: 'vhd', detail: 'Hyper-V and Azure, of fixed size', value: 'vhd' },
  { label: 'vhdx', detail: 'Hyper-V; needs qemu-img', value: 'vhdx' },
];

/** Cancelling it leaves no file: the engine gives up what nobody waits for. */
export async function clone({ performer, dialogs }: VpgServices, target: Target): Promise<void> {
  const { lab, vpg, title } = target;
  const chosen = await chooseCheckpoint(target);
  if (!chosen) return;
  const some = await chooseVms(title, vpg);
  if (!some) return;
  const format = await choose(title, 'In which format?', formats);
  if (!format) return;
  const to = await dialogs.chooseFolder(`${title}: the folder for its disks`, 'Clone Here');
  if (to === undefined) return;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const question = {
    kind: 'clone',
    vpg: vpg.name,
    checkpoint: chosen.selector,
    ...some,
    to,
    format: format.value,
  } as const;
  const answer = await vscode.window.withProgress(options, async (progress, token) => {
    let shown = 0;
    progress.report({ message: 'copying in the datastore' });
    try {
      return await lab.askApart(question, token, (done, total) => {
        const share = Math.floor((done / Math.max(total, 1)) * 100);
        progress.report({ message: `writing files, ${String(share)} %`, increment: share - shown });
        shown = share;
      });
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      throw error;
    }
  });
  if (!answer) return;
  if (answer.result === 'refused') {
    const { now } = lab.snapshot;
    performer.refuse(lab, title, answer, {
      id: answer.reason,
      verb: 'clone',
      vpg: vpg.name,
      at: now,
      ended: now,
      result: 'refused',
      steps: [],
    });
    return;
  }
  const files = Object.values(answer.files);
  const { operations } = lab.snapshot;
  const operation = operations.find(({ id }) => id === answer.operation);
  performer.tell(lab, `${title}: ${files.join(', ')}`, operation, {
    'Show in Folder': () =>
      vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(files[0] ?? to)),
  });
}
