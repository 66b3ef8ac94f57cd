/**
 * Byte streams between processes: what protocols that are not ours are spoken over.
 *
 * Everything that a stream's handler hears comes after the call that caused it, never inside it.
 */
import type { Answer, WorldError } from './world.ts';

export type StreamAddress =
  /** A socket in the file system (a named pipe on Windows), for the user who runs this process alone. */
  | { readonly kind: 'unix'; readonly path: string }
  /** Port 0 listens on one that is free. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

export interface Streams {
  /**
   * Accepts streams at an address. The folder of a unix socket is made, for its owner alone; where it is there
   * and others may enter it, nothing listens. A socket that a dead process has left is replaced, one at which
   * somebody still answers never.
   */
  listen(
    address: StreamAddress,
    accept: (stream: ByteStream, from: string) => StreamHandler,
    done: Answer<StreamListener>,
  ): void;
  /** The handler hears `opened` or `closed`. */
  connect(address: StreamAddress, handler: StreamHandler): ByteStream;
}

export interface StreamListener {
  /** Where it listens: with the port that was chosen. */
  readonly address: StreamAddress;
  /** Accepts no more. The streams that it has accepted live on. */
  close(done: () => void): void;
}

export interface ByteStream {
  /**
   * Sends the parts one behind the other; nobody may change them any more. It always takes them: who sends more
   * than the other side reads looks at {@link backlog} and waits for `drained`.
   */
  write(parts: readonly Uint8Array[]): void;
  /** Bytes that were written and are still in this process's memory. */
  readonly backlog: number;
  /** Stops `received`. Little of what was on its way may still come. */
  pause(): void;
  resume(): void;
  /** All bytes from here on, in both directions, are in TLS. Where that fails the stream closes. */
  startTls(settings: TlsSettings): void;
  /** Closes the stream behind what was written; at once where the other side takes none of it for 10 s. */
  end(): void;
  /** Closes it at once. What is in the backlog is lost. */
  destroy(): void;
}

export interface StreamHandler {
  /** A stream that was asked for with `connect` is there. */
  opened?(): void;
  /** The bytes belong to the handler. */
  received(bytes: Uint8Array): void;
  /** The backlog is empty, after it was long. */
  drained?(): void;
  /** Heard once, and nothing after it. The error is absent where the stream ended in order. */
  closed(error: WorldError | undefined): void;
}

/** A key and its certificates, in PEM. */
export interface TlsIdentity {
  readonly key: string;
  /** The certificate, followed by those that lead to its authority. */
  readonly certificate: string;
}

export type TlsSettings =
  | {
      readonly role: 'server';
      readonly identity: TlsIdentity;
      /** Certificates in PEM of those who may vouch for clients. With it a client without such a voucher is refused. */
      readonly clientAuthorities?: string;
    }
  | {
      readonly role: 'client';
      /** The name that the server's certificate has to carry. */
      readonly serverName: string;
      /** Certificates in PEM of those who may vouch for the server. Absent: those that the machine trusts. */
      readonly authorities?: string;
      readonly identity?: TlsIdentity;
    };
