/**
 * An NBD server: disks by name, for any number of clients, on any number of sockets.
 *
 * Exports come and go while it runs. One that is removed takes no further requests; those that run are done and
 * answered, then its clients are let go.
 */
import type {
  ByteStream,
  StreamAddress,
  StreamHandler,
  StreamListener,
  Streams,
  TlsIdentity,
} from '../world/streams.ts';
import { WorldError } from '../world/world.ts';
import type { Answer, Clock } from '../world/world.ts';
import { Budget } from './budget.ts';
import { ClientConnection } from './client-connection.ts';
import type { ConnectionSettings } from './client-connection.ts';
import { decodeName, encodeText } from './exports.ts';
import type { Export } from './exports.ts';
import { maxNameLength } from './protocol.ts';

export interface NbdServerOptions {
  readonly streams: Streams;
  readonly clock: Clock;
  readonly tls?: ServerTls | undefined;
  /** Bytes of requests and replies of all clients that are in memory at once; by default 256 MiB. */
  readonly memory?: number | undefined;
  /** Clients at once; by default 512. One more is let go without a word. */
  readonly mostClients?: number | undefined;
}

export interface ServerTls {
  readonly identity: TlsIdentity;
  /** Certificates in PEM of those who may vouch for clients. */
  readonly clientAuthorities?: string | undefined;
  /** Whether a client without TLS is told nothing. */
  readonly required: boolean;
}

export interface NbdServer {
  /**
   * Listens at an address, besides those where it listens already. Anything but a unix socket or a loopback address
   * is refused unless TLS is required and clients have to show a certificate: NBD knows no passwords.
   */
  listen(address: StreamAddress, done: Answer<StreamListener>): void;
  /** Offers a disk. Throws a RangeError where the name is taken or cannot be one. */
  add(added: Export): void;
  /** Withdraws a disk. When it is done, nothing is asked of the disk any more. What is not there is removed already. */
  remove(name: string, done: () => void): void;
  /** Clients that use the export. */
  clientsOf(name: string): number;
  /** Stops listening, withdraws all disks and lets all clients go. */
  close(done: () => void): void;
}

export function createNbdServer(options: NbdServerOptions): NbdServer {
  return new RunningServer(options);
}

const defaultMemory = 256 * 1024 * 1024;
const defaultMostClients = 512;

class RunningServer implements NbdServer {
  readonly #options: NbdServerOptions;
  readonly #exports = new Map<string, Export>();
  readonly #clients = new Set<ClientConnection>();
  readonly #listeners = new Set<StreamListener>();
  readonly #settings: ConnectionSettings;
  /** What waits for clients to have nothing under way, or to be gone. */
  #waiting: { readonly over: () => boolean; readonly done: () => void }[] = [];
  #closing = false;

  constructor(options: NbdServerOptions) {
    this.#options = options;
    const { clock, memory, tls } = options;
    this.#settings = {
      clock,
      exports: { get: (name) => this.#exports.get(name), all: () => this.#exports.values() },
      budget: new Budget(memory ?? defaultMemory),
      tls: {
        use: tls ? (tls.required ? 'required' : 'optional') : 'none',
        settings: tls && {
          role: 'server',
          identity: tls.identity,
          ...(tls.clientAuthorities === undefined
            ? {}
            : { clientAuthorities: tls.clientAuthorities }),
        },
      },
      changed: (connection) => {
        if (connection.gone && connection.idle) this.#clients.delete(connection);
        this.#look();
      },
    };
  }

  listen(address: StreamAddress, done: Answer<StreamListener>): void {
    const problem = this.#problemWith(address);
    if (problem) {
      this.#options.clock.after(0, () => {
        done(problem, undefined);
      });
      return;
    }
    const accept = (stream: ByteStream): StreamHandler => this.#accept(stream);
    this.#options.streams.listen(address, accept, (error, listener) => {
      if (!listener) {
        done(error, undefined);
        return;
      }
      if (this.#closing) {
        listener.close(() => {
          done(new WorldError('closed', 'NBD server', 'it is shutting down'), undefined);
        });
        return;
      }
      this.#listeners.add(listener);
      done(undefined, listener);
    });
  }

  add(added: Export): void {
    const { name, description } = added;
    if (decodeName(encodeText(name)) === undefined) {
      throw new RangeError(`no export can be called "${name}": at most ${maxNameLength} bytes`);
    }
    if (description !== undefined && decodeName(encodeText(description)) === undefined) {
      throw new RangeError(`the description of the export "${name}" is too long`);
    }
    if (this.#exports.has(name)) throw new RangeError(`there is an export "${name}" already`);
    this.#exports.set(name, added);
  }

  remove(name: string, done: () => void): void {
    const removed = this.#exports.get(name);
    this.#exports.delete(name);
    const clients = [...this.#clients].filter(({ served }) => removed && served === removed);
    for (const client of clients) client.stop();
    this.#whenOver(() => clients.every(({ idle }) => idle), done);
  }

  clientsOf(name: string): number {
    let count = 0;
    for (const client of this.#clients) if (client.served?.name === name && !client.gone) count++;
    return count;
  }

  close(done: () => void): void {
    this.#closing = true;
    let open = 1;
    const closed = (): void => {
      if (--open > 0) return;
      this.#whenOver(() => this.#clients.size === 0, done);
    };
    for (const listener of this.#listeners) {
      open++;
      listener.close(closed);
    }
    this.#listeners.clear();
    this.#exports.clear();
    for (const client of this.#clients) client.stop();
    closed();
  }

  #accept(stream: ByteStream): StreamHandler {
    const full = this.#clients.size >= (this.#options.mostClients ?? defaultMostClients);
    if (full || this.#closing) {
      stream.destroy();
      return { received: () => undefined, closed: () => undefined };
    }
    const client = new ClientConnection(stream, this.#settings);
    this.#clients.add(client);
    return client;
  }

  #whenOver(over: () => boolean, done: () => void): void {
    this.#waiting.push({ over, done });
    this.#options.clock.after(0, () => {
      this.#look();
    });
  }

  #look(): void {
    if (this.#waiting.length === 0) return;
    const over = this.#waiting.filter((waiting) => waiting.over());
    if (over.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !over.includes(waiting));
    for (const { done } of over) done();
  }

  #problemWith(address: StreamAddress): WorldError | undefined {
    if (this.#closing) return new WorldError('closed', 'NBD server', 'it is shutting down');
    if (address.kind === 'unix' || isLoopback(address.host)) return undefined;
    const { tls } = this.#options;
    if (tls?.required && tls.clientAuthorities !== undefined) return undefined;
    return new WorldError(
      'input-output',
      `${address.host}:${address.port}`,
      'disks are served there only where TLS is required and clients show certificates; ' +
        'use a unix socket or a loopback address, or give a certificate and client authorities',
    );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
