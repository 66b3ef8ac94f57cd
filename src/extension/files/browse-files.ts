/** Opens the files of a VPG at a checkpoint in the Explorer, and brings some of them to a folder. */
import * as vscode from 'vscode';
import { RestoreError } from '../../restore/restore-error.ts';
import type { Extracted } from '../../restore/extract.ts';
import { chooseCheckpoint } from '../lab/choices.ts';
import { clockTime } from '../lab/clock-time.ts';
import type { Dialogs } from '../lab/dialogs.ts';
import type { Target, VpgServices } from '../lab/vpg-verbs.ts';
import type { RecoveredFiles } from './recovered-files.ts';
import { recoveredScheme } from './recovered-place.ts';

export interface FileServices {
  readonly files: RecoveredFiles;
  readonly dialogs: Dialogs;
}

/** The checkpoint is tried before a folder is opened that would have nothing to show. */
export async function browseFiles(
  { performer, dialogs, files }: VpgServices & FileServices,
  target: Target,
): Promise<void> {
  const { lab, vpg, title } = target;
  const chosen = await chooseCheckpoint(target);
  if (!chosen) return;
  const [vm] = vpg.vms;
  const question = { kind: 'mount', vpg: vpg.name, vm, checkpoint: chosen.selector } as const;
  const answer = await lab.ask({ ...question, notes: 'to browse its files in the editor' });
  if (answer.result === 'refused') {
    const { now, operations } = lab.snapshot;
    const times = { at: now, ended: now };
    performer.refuse(
      lab,
      title,
      answer,
      operations.findLast((each) => each.verb === 'mount' && each.vpg === vpg.name) ?? {
        id: answer.reason,
        verb: 'mount',
        vpg: vpg.name,
        result: 'refused',
        steps: [],
        ...times,
      },
    );
    return;
  }
  const { checkpoint, mount } = answer;
  await lab.ask({ kind: 'unmount', mount });
  const place = { topology: lab.uri, vpg: vpg.name, checkpoint: checkpoint.id, path: '' };
  const name = `${vpg.name} at ${clockTime(checkpoint.time, lab.snapshot.now)}`;
  await dialogs.openFolder(files.uriOf(place), name);
}

/** Those that are selected in the Explorer, or the one in the active editor. */
export async function restoreFiles(
  services: FileServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const uris = urisOf(argument, selected);
  if (uris.length === 0) {
    void vscode.window.showInformationMessage(
      'Select files of a checkpoint in the Explorer first: “Browse Files at Checkpoint…” opens them there.',
    );
    return;
  }
  const names = uris.length === 1 ? lastName(uris[0]) : `${String(uris.length)} files and folders`;
  const to = await services.dialogs.chooseFolder(`The folder for ${names}`, 'Restore Here');
  if (to === undefined) return;
  const title = `Restoring ${names}`;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const restored = await vscode.window.withProgress(options, async (_progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => {
      controller.abort();
    });
    const done: Extracted[] = [];
    for (const uri of uris) {
      const one = await restoreOne(services, uri, to, controller.signal);
      if (one) done.push(one);
    }
    return done;
  });
  tell(restored, to);
}

/** Undefined where it was not wanted in the end. */
async function restoreOne(
  { files, dialogs }: FileServices,
  uri: vscode.Uri,
  to: string,
  signal: AbortSignal,
): Promise<Extracted | undefined> {
  try {
    return await files.restore(uri, to, { signal });
  } catch (error) {
    if (!(error instanceof RestoreError)) throw error;
    if (error.code === 'cancelled') return undefined;
    if (error.code !== 'taken') throw error;
    const replaces = await dialogs.confirm(
      `${lastName(uri)} is in ${to} already.`,
      'Files take the place of files of the same name, folders are merged, and everything else stays.',
      'Replace',
    );
    return replaces ? files.restore(uri, to, { signal, overwrite: true }) : undefined;
  }
}

function tell(restored: readonly Extracted[], to: string): void {
  const [first] = restored;
  if (!first) return;
  const files = restored.reduce((sum, each) => sum + each.files, 0);
  const leftOut = restored.flatMap((each) => each.leftOut);
  const without =
    leftOut.length === 0
      ? ''
      : ` Left out, because they are devices, pipes or sockets: ${leftOut.slice(0, 5).join(', ')}${leftOut.length > 5 ? ', …' : ''}.`;
  const show = 'Show in Folder';
  void vscode.window
    .showInformationMessage(`${String(files)} files were restored to ${to}.${without}`, show)
    .then((choice) => {
      if (choice === undefined) return;
      void vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(first.path));
    });
}

function urisOf(argument: unknown, selected: unknown): vscode.Uri[] {
  const several = Array.isArray(selected) && selected.length > 0 ? selected : [argument];
  const given = several.filter((each) => each instanceof vscode.Uri);
  const active = vscode.window.activeTextEditor?.document.uri;
  return (given.length > 0 ? given : active ? [active] : []).filter(
    ({ scheme }) => scheme === recoveredScheme,
  );
}

function lastName(uri: vscode.Uri | undefined): string {
  return uri?.path.slice(uri.path.lastIndexOf('/') + 1) ?? '';
}
