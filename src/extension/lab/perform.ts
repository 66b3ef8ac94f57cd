/** Has a verb done by the engine: progress while it goes on, and what has become of it. */
import * as vscode from 'vscode';
import type { Operation, Reply, Request } from '../../engine/api.ts';
import { reportFailure, type Log } from '../log.ts';
import type { Lab } from './lab.ts';
import type { RecoveryDocuments } from './recovery-documents.ts';

type Success = Extract<Reply, { result: 'success' }>;
type Refusal = Extract<Reply, { result: 'refused' }>;
type VpgRequest = Extract<Request, { vpg: string }>;

/** Nothing of a notification is cut off up to here. */
const longestMessage = 800;

export class Performer {
  readonly #documents: RecoveryDocuments;

  readonly #log: Log;

  constructor(documents: RecoveryDocuments, log: Log) {
    this.#documents = documents;
    this.#log = log;
  }

  /**
   * Undefined where it was refused, which has been told then, or nobody waits for it any more. `isDone` says of
   * the operation whether what goes on behind the reply is done as well.
   */
  async ask(
    lab: Lab,
    title: string,
    request: VpgRequest,
    isDone: (operation: Operation | undefined) => boolean = () => true,
  ): Promise<Success | undefined> {
    const begun = lab.snapshot.now;
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    const reply = await vscode.window.withProgress(options, async (progress, token) => {
      let steps = 0;
      const follow = lab.onDidChange(() => {
        const last = operationOf(lab, request, begun)?.steps;
        if (!last || last.length === steps) return;
        steps = last.length;
        progress.report({ message: last.at(-1)?.what ?? '' });
      });
      try {
        const asked = lab.ask({ kind: 'request', request }).then(async (answer) => {
          if (answer.result === 'success') await until(lab, answer.operation, isDone);
          return answer;
        });
        return await Promise.race([asked, leaving(token)]);
      } finally {
        follow.dispose();
      }
    });
    if (reply === undefined) {
      // What a ZVM has begun it finishes: half a recovery helps nobody.
      this.tell(lab, `${title}: it goes on in the lab.`, operationOf(lab, request, begun));
      return undefined;
    }
    if (reply.result === 'success') return reply;
    this.refuse(lab, title, reply, operationOf(lab, request, begun) ?? unrecorded(request, begun));
    return undefined;
  }

  /** Says all that is missing; what does not fit stands in the report. */
  refuse(lab: Lab, title: string, { reason, missing }: Refusal, operation: Operation): void {
    const lacks = missing.length === 0 ? '' : ` Missing: ${missing.join('; ')}.`;
    const whole = `${title} was refused: ${reason.replace(/\.$/, '')}.${lacks}`;
    const told = { ...operation, result: 'refused', reason, missing } as const;
    const text =
      whole.length <= longestMessage
        ? whole
        : `${title} was refused: ${reason} The report lists the ${String(missing.length)} things that are missing.`;
    const show = 'Show Report';
    this.#offer(vscode.window.showErrorMessage(text, show), {
      [show]: () => this.#documents.show(lab.uri, told),
    });
  }

  /** A result, with the report of its operation and what else can be done from here. */
  tell(
    lab: Lab,
    message: string,
    operation: Operation | undefined,
    actions: Readonly<Record<string, () => unknown>> = {},
  ): void {
    const report = operation ? { 'Show Report': () => this.showReport(lab, operation.id) } : {};
    const all: Readonly<Record<string, () => unknown>> = { ...actions, ...report };
    // A command is done with what it did, and not when somebody has read of it.
    this.#offer(vscode.window.showInformationMessage(message, ...Object.keys(all)), all);
  }

  #offer(
    chosen: Thenable<string | undefined>,
    actions: Readonly<Record<string, () => unknown>>,
  ): void {
    const act = async (): Promise<void> => {
      const choice = await chosen;
      if (choice !== undefined) await actions[choice]?.();
    };
    act().catch((error: unknown) => {
      reportFailure(this.#log, 'That did not work', error);
    });
  }

  /** Of an operation by its id, as it stands now. */
  async showReport(lab: Lab, id: string): Promise<void> {
    const { operations } = await lab.ask({ kind: 'snapshot' });
    const operation = operations.find((each) => each.id === id);
    if (operation) await this.#documents.show(lab.uri, operation);
  }
}

/** The record of what was asked for, as soon as there is one. */
export function operationOf(lab: Lab, request: VpgRequest, begun: number): Operation | undefined {
  return lab.snapshot.operations.findLast(
    ({ verb, vpg, at }) => verb === request.kind && vpg === request.vpg && at >= begun - 1000,
  );
}

function unrecorded({ kind, vpg }: VpgRequest, at: number): Operation {
  return {
    id: `${kind} ${String(at)}`,
    verb: kind,
    vpg,
    at,
    ended: at,
    result: 'refused',
    steps: [],
  };
}

/** Settles when the operation is done, or the lab has ended, whose end is told elsewhere. */
function until(
  lab: Lab,
  id: string | undefined,
  isDone: (operation: Operation | undefined) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const operation = lab.snapshot.operations.find((each) => each.id === id);
      if (!isDone(operation)) return;
      for (const listener of listeners) listener.dispose();
      resolve();
    };
    const listeners = [
      lab.onDidChange(look),
      lab.onDidEnd(() => {
        resolve();
      }),
    ];
    look();
  });
}

function leaving(token: vscode.CancellationToken): Promise<undefined> {
  return new Promise((resolve) => {
    token.onCancellationRequested(() => {
      resolve(undefined);
    });
  });
}
