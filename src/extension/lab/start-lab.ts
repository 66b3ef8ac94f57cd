/** Starts the engine of a topology, and ends it. */
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { Log } from '../log.ts';
import type { Outlines } from '../outlines.ts';
import { choose } from './choices.ts';
import { launchEngine } from './engine-launch.ts';
import { findNode } from './find-node.ts';
import type { Lab } from './lab.ts';
import { labSettings, type LabSettings } from './lab-settings.ts';
import type { Labs } from './labs.ts';

/** How long an engine that nobody uses goes on: longer than the reload of a window takes on a busy machine. */
const unusedFor = '2m';

/** A lab cannot be started as things are; the message says what helps. */
export class LabError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LabError';
  }
}

export class LabStarter {
  readonly #extensionUri: vscode.Uri;
  readonly #logUri: vscode.Uri;
  readonly #outlines: Outlines;
  readonly #labs: Labs;
  readonly #log: Log;
  readonly #starting = new Map<string, Promise<Lab | undefined>>();

  constructor(
    context: Pick<vscode.ExtensionContext, 'extensionUri' | 'logUri'>,
    outlines: Outlines,
    labs: Labs,
    log: Log,
  ) {
    this.#extensionUri = context.extensionUri;
    this.#logUri = context.logUri;
    this.#outlines = outlines;
    this.#labs = labs;
    this.#log = log;
  }

  /**
   * The lab of a topology, started where it does not run yet; undefined where the user has given up. `workload`
   * says whether its VMs write by themselves; the setting does, or the user, where it is not given.
   *
   * @throws LabError, NoNodeError or EngineStartError
   */
  async start(uri: string, workload?: boolean): Promise<Lab | undefined> {
    if (!vscode.workspace.isTrusted) {
      throw new LabError('A lab runs only in a trusted workspace.');
    }
    if (vscode.Uri.parse(uri).scheme !== 'file') {
      throw new LabError(
        'A lab keeps its state beside its topology file: save the file to this machine first.',
      );
    }
    const starting = this.#starting.get(uri) ?? this.#start(uri, workload);
    this.#starting.set(uri, starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(uri);
    }
  }

  async stop(lab: Lab): Promise<void> {
    const title = `Stopping the lab ${this.nameOf(lab.uri)}`;
    const location = vscode.ProgressLocation.Notification;
    await vscode.window.withProgress({ location, title }, () => lab.stop());
  }

  /** What people call a topology. */
  nameOf(uri: string): string {
    return this.#outlines.get(uri)?.name ?? vscode.workspace.asRelativePath(vscode.Uri.parse(uri));
  }

  async #start(uri: string, asked: boolean | undefined): Promise<Lab | undefined> {
    const running = await this.#labs.reach(uri);
    if (running) return running;
    const workload = asked ?? (await chooseWorkload(labSettings(uri).workload));
    if (workload === undefined || !(await this.#save(uri))) return undefined;
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: `Starting the lab ${this.nameOf(uri)}`,
      cancellable: true,
    };
    return vscode.window.withProgress(options, (progress, token) =>
      this.#launch(uri, workload, progress, token),
    );
  }

  async #launch(
    uri: string,
    workload: boolean,
    progress: vscode.Progress<{ message: string }>,
    token: vscode.CancellationToken,
  ): Promise<Lab | undefined> {
    const settings = labSettings(uri);
    const { fsPath } = vscode.Uri.parse(uri);
    const giveUp = new AbortController();
    token.onCancellationRequested(() => {
      giveUp.abort();
    });
    progress.report({ message: 'looking for Node' });
    const own = process.execPath;
    const path = process.env['PATH'] ?? '';
    const node = await findNode({ configured: settings.node, own, path });
    const { engineFolderOf } = await import('./engine-folder.ts');
    const state = await engineFolderOf(fsPath);
    progress.report({ message: 'opening its disks and journals' });
    this.#log.info(`Starts the engine of ${fsPath} on Node ${node.version} (${node.path}).`);
    const outcome = await launchEngine({
      node,
      commandLine: vscode.Uri.joinPath(this.#extensionUri, 'dist', 'cli.js').fsPath,
      args: [
        fsPath,
        ...['--state', state],
        ...(settings.stays ? [] : ['--until-unused', unusedFor]),
        ...(workload ? ['--workload'] : []),
        ...(settings.allowScripts ? ['--allow-scripts'] : []),
      ],
      folder: dirname(fsPath),
      log: join(this.#logUri.fsPath, 'engine-start.log'),
      signal: giveUp.signal,
    });
    if (outcome === 'cancelled') return undefined;
    const lab = await this.#labs.reach(uri);
    if (!lab) throw new LabError('The engine was ready, and has ended since. Its log says why.');
    if (!giveUp.signal.aborted) return lab;
    // It was ready in the moment in which it was no longer wanted.
    await lab.stop();
    return undefined;
  }

  /** The engine reads what is on disk. False where the user does not want it saved. */
  async #save(uri: string): Promise<boolean> {
    const files = this.#outlines.get(uri)?.files ?? [uri];
    const dirty = vscode.workspace.textDocuments.filter(
      (document) => document.isDirty && files.includes(document.uri.toString()),
    );
    for (const document of dirty) if (!(await document.save())) return false;
    return true;
  }
}

/** Who writes to the disks: a workload would write over what somebody else keeps on them. */
async function chooseWorkload(setting: LabSettings['workload']): Promise<boolean | undefined> {
  if (setting !== 'ask') return setting === 'run';
  const chosen = await choose('Start Lab', 'Who writes to its disks?', [
    {
      label: '$(pulse) Its VMs, as the topology says',
      detail:
        'Change rates, bursts and traces, on disks without an image: life to look at, without a VM',
      value: true,
    },
    {
      label: '$(plug) Only what I connect',
      detail: 'QEMU, nbdcopy, fio and whatever else speaks NBD',
      value: false,
    },
  ]);
  return chosen?.value;
}
