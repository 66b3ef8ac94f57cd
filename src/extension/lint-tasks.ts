/** `tidemark lint` as a task, whose findings the problem matcher of the same name picks up. */
import * as vscode from 'vscode';
import type { Outlines } from './outlines.ts';

export const taskType = 'tidemark';
export const problemMatcher = '$tidemark';

interface LintTask extends vscode.TaskDefinition {
  /** Paths relative to the workspace folder. */
  readonly files: readonly string[];
}

export class LintTasks implements vscode.TaskProvider, vscode.Disposable {
  readonly #cli: string;
  readonly #outlines: Outlines;
  readonly #registration: vscode.Disposable;

  constructor(extensionUri: vscode.Uri, outlines: Outlines) {
    this.#cli = vscode.Uri.joinPath(extensionUri, 'dist', 'cli.js').fsPath;
    this.#outlines = outlines;
    this.#registration = vscode.tasks.registerTaskProvider(taskType, this);
  }

  /** One task for each workspace folder that holds topology files. */
  provideTasks(): vscode.Task[] {
    const files = new Map<vscode.WorkspaceFolder, string[]>();
    for (const { uri } of this.#outlines.all()) {
      const location = vscode.Uri.parse(uri);
      const folder = vscode.workspace.getWorkspaceFolder(location);
      if (!folder) continue;
      const listed = files.get(folder) ?? [];
      listed.push(vscode.workspace.asRelativePath(location, false));
      files.set(folder, listed);
    }
    return [...files].map(([folder, listed]) =>
      this.#task({ type: taskType, files: listed }, folder),
    );
  }

  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const { files } = task.definition as Partial<LintTask>;
    if (!Array.isArray(files) || !files.every((file) => typeof file === 'string')) return undefined;
    const scope = typeof task.scope === 'object' ? task.scope : undefined;
    // The definition has to be the one that was asked about, or the editor drops the answer.
    return this.#task(task.definition as LintTask, scope);
  }

  dispose(): void {
    this.#registration.dispose();
  }

  #task(definition: LintTask, folder: vscode.WorkspaceFolder | undefined): vscode.Task {
    // The editor's own Node runs the command line, so that none has to be installed.
    const execution = new vscode.ProcessExecution(
      process.execPath,
      [this.#cli, 'lint', ...severitiesFor(folder), '--', ...definition.files],
      {
        env: { ELECTRON_RUN_AS_NODE: '1', NO_COLOR: '1' },
        ...(folder ? { cwd: folder.uri.fsPath } : {}),
      },
    );
    const task = new vscode.Task(
      definition,
      folder ?? vscode.TaskScope.Workspace,
      'lint',
      taskType,
      execution,
      problemMatcher,
    );
    task.group = vscode.TaskGroup.Test;
    task.detail = `Lint ${definition.files.join(', ')}`;
    return task;
  }
}

/** The severities that the settings give to rules, as the command line takes them. */
function severitiesFor(folder: vscode.WorkspaceFolder | undefined): string[] {
  const rules: unknown = vscode.workspace.getConfiguration('tidemark', folder).get('lint.rules');
  return Object.entries(rules ?? {}).map(
    ([rule, severity]) => `--rule=${rule}=${String(severity)}`,
  );
}
