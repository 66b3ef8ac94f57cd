/** A language server in a process of its own with one file open, edited one character at a time. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  CompletionRequest,
  ConfigurationRequest,
  createProtocolConnection,
  DiagnosticSeverity,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  RegistrationRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type Diagnostic,
  type Position,
  type ProtocolConnection,
  type Range,
} from 'vscode-languageserver/node';
import { BenchError } from '../suite.ts';
import type { Server } from './servers.ts';

/** Far beyond what anybody would wait for; a server that takes longer is not measured any further. */
export const patience = 180_000;

export interface Resources {
  /** Processor time of all threads since the start, in milliseconds. Resolution: 10 ms. */
  readonly processor: number;
  /** The most memory that was resident, in MiB. */
  readonly peakMemory: number;
}

/** Answers whether diagnostics are the ones that an edit must lead to. */
export type Awaited = (diagnostics: readonly Diagnostic[]) => boolean;

export class Session {
  readonly server: Server;
  readonly #child: ChildProcess;
  readonly #connection: ProtocolConnection;
  readonly #uri: string;
  #version = 1;
  #listener: ((diagnostics: readonly Diagnostic[]) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  private constructor(server: Server, uri: string) {
    this.server = server;
    this.#uri = uri;
    this.#child = spawn(process.execPath, [server.module, '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdin, stdout } = this.#child;
    if (!stdin || !stdout) throw new BenchError(`${server.name} has no pipes to talk through.`);
    this.#connection = createProtocolConnection(
      new StreamMessageReader(stdout),
      new StreamMessageWriter(stdin),
    );
    this.#child.once('exit', (code, signal) => {
      this.#fail?.(new BenchError(`${server.name} ended (${signal ?? `status ${code ?? '?'}`}).`));
    });
    this.#connection.onNotification(PublishDiagnosticsNotification.type, (published) => {
      if (published.uri === uri) this.#listener?.(published.diagnostics);
    });
    this.#connection.onRequest(ConfigurationRequest.type, ({ items }) =>
      items.map(({ section }) => server.settings[section ?? ''] ?? null),
    );
    this.#connection.onRequest(RegistrationRequest.type, () => undefined);
    this.#connection.listen();
  }

  /** Starts the server and tells it who is asking. */
  static async start(server: Server, uri: string): Promise<Session> {
    const session = new Session(server, uri);
    await session.#connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      workspaceFolders: null,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the protocol still requires it
      rootUri: null,
      capabilities: {
        workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
        textDocument: { publishDiagnostics: { relatedInformation: true } },
      },
    });
    await session.#connection.sendNotification(InitializedNotification.type, {});
    return session;
  }

  /** Opens the file; milliseconds until the server has published the diagnostics that are awaited. */
  open(languageId: string, text: string, awaited: Awaited): Promise<number> {
    this.#version += 1;
    const document = { uri: this.#uri, languageId, version: this.#version, text };
    return this.#timed(awaited, () =>
      this.#connection.sendNotification(DidOpenTextDocumentNotification.type, {
        textDocument: document,
      }),
    );
  }

  close(): Promise<void> {
    return this.#connection.sendNotification(DidCloseTextDocumentNotification.type, {
      textDocument: { uri: this.#uri },
    });
  }

  /** Replaces a range, and does not wait for anything. */
  type(range: Range, text: string): Promise<void> {
    this.#version += 1;
    return this.#connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri: this.#uri, version: this.#version },
      contentChanges: [{ range, text }],
    });
  }

  /**
   * Milliseconds until the server has said what may be typed at a position.
   *
   * @throws BenchError where `expected` is not among it.
   */
  async complete(position: Position, expected: string): Promise<number> {
    const begin = performance.now();
    const answer = await this.#connection.sendRequest(CompletionRequest.type, {
      textDocument: { uri: this.#uri },
      position,
    });
    const time = performance.now() - begin;
    const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
    if (items.some(({ label }) => label === expected)) return time;
    const offered = items.map(({ label }) => label).join(', ');
    throw new BenchError(`${this.server.name} did not offer ${expected}, but: ${offered}`);
  }

  /**
   * Replaces a range; milliseconds until the server has published the diagnostics that are awaited.
   *
   * @throws BenchError where they do not come.
   */
  edit(range: Range, text: string, awaited: Awaited): Promise<number> {
    return this.#timed(awaited, () => this.type(range, text));
  }

  /** What the server's process has used so far; undefined where the system does not tell (not Linux). */
  get resources(): Resources | undefined {
    if (process.platform !== 'linux' || this.#child.pid === undefined) return undefined;
    const folder = `/proc/${this.#child.pid}`;
    // Behind the name, which may hold anything, in its brackets: utime is the 12th, stime the 13th.
    const fields = readFileSync(`${folder}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`${folder}/status`, 'utf8'));
    // Linux counts in hundredths of a second towards programs, whatever its own clock does.
    return { processor: ticks * 10, peakMemory: Number(peak?.[1]) / 1024 };
  }

  async end(): Promise<void> {
    this.#fail = undefined;
    await this.#connection.sendRequest(ShutdownRequest.type);
    await this.#connection.sendNotification(ExitNotification.type);
    this.#connection.dispose();
    this.#child.kill();
  }

  async #timed(awaited: Awaited, act: () => Promise<void>): Promise<number> {
    let seen = 'nothing';
    const published = new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      this.#listener = (diagnostics) => {
        seen = JSON.stringify(diagnostics).slice(0, 400);
        if (awaited(diagnostics)) resolve();
      };
    });
    const late = new BenchError(`${this.server.name} gave no answer in ${patience / 1000} s.`);
    const timer = setTimeout(() => this.#fail?.(late), patience);
    try {
      const begin = performance.now();
      await act();
      await published;
      return performance.now() - begin;
    } catch (error) {
      throw new BenchError(`${this.server.name} was not measured; its last answer was ${seen}`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      this.#listener = undefined;
      this.#fail = undefined;
    }
  }
}

/** Whether an error stands on a line. */
export function hasErrorOn(diagnostics: readonly Diagnostic[], line: number): boolean {
  return diagnostics.some(
    ({ range, severity }) =>
      (severity ?? DiagnosticSeverity.Error) === DiagnosticSeverity.Error &&
      range.start.line === line,
  );
}
