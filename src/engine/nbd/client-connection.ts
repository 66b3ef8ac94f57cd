/** One client of an NBD server, from its greeting to its end. */
import type { ByteStream, StreamHandler, TlsSettings } from '../world/streams.ts';
import type { Clock, Timer, WorldError } from '../world/world.ts';
import type { Budget } from './budget.ts';
import type { Agreement, Export } from './exports.ts';
import { Negotiation } from './negotiation.ts';
import type { ExportTable, TlsUse } from './negotiation.ts';
import { ReceivedBytes } from './received-bytes.ts';
import { Transmission } from './transmission.ts';

/** Milliseconds that a client may take to agree. */
const negotiationTime = 30_000;

export interface ConnectionSettings {
  readonly clock: Clock;
  readonly exports: ExportTable;
  readonly budget: Budget;
  readonly tls: { readonly use: TlsUse; readonly settings: TlsSettings | undefined };
  /** Something has changed: the client has agreed, is idle or has gone. */
  readonly changed: (connection: ClientConnection) => void;
}

export class ClientConnection implements StreamHandler {
  readonly #stream: ByteStream;
  readonly #settings: ConnectionSettings;
  readonly #input = new ReceivedBytes();
  readonly #negotiation: Negotiation;
  readonly #patience: Timer;
  #transmission: Transmission | undefined;
  #agreement: Agreement | undefined;
  #paused = false;
  #closed = false;

  constructor(stream: ByteStream, settings: ConnectionSettings) {
    this.#stream = stream;
    this.#settings = settings;
    this.#negotiation = new Negotiation(settings.exports, settings.tls.use, {
      send: (parts) => {
        stream.write(parts);
      },
      startTls: () => {
        this.#startTls();
      },
      agreed: (agreement) => {
        this.#agreed(agreement);
      },
      close: () => {
        stream.end();
      },
    });
    this.#patience = settings.clock.after(negotiationTime, () => {
      stream.destroy();
    });
    this.#negotiation.start();
  }

  /** The export that the client uses, once it has agreed on one. */
  get served(): Export | undefined {
    return this.#agreement?.served;
  }

  /** Whether no call on the disk is under way for it. */
  get idle(): boolean {
    return this.#transmission?.idle ?? true;
  }

  /** Whether its stream is closed. */
  get gone(): boolean {
    return this.#closed;
  }

  /** Lets it go: at once where it has not agreed yet, otherwise when what it asked for is done. */
  stop(): void {
    if (this.#transmission) this.#transmission.stop();
    else this.#stream.destroy();
  }

  received(bytes: Uint8Array): void {
    this.#input.add(bytes);
    if (!this.#transmission) this.#negotiation.received(this.#input);
    this.#transmission?.proceed();
  }

  drained(): void {
    this.#transmission?.proceed();
  }

  closed(_error: WorldError | undefined): void {
    this.#closed = true;
    this.#patience.cancel();
    this.#transmission?.closed();
    this.#settings.changed(this);
  }

  #startTls(): void {
    const { settings } = this.#settings.tls;
    if (settings) this.#stream.startTls(settings);
    else this.#stream.destroy();
  }

  #agreed(agreement: Agreement): void {
    this.#patience.cancel();
    this.#agreement = agreement;
    const stream = this.#stream;
    this.#transmission = new Transmission(agreement, this.#input, this.#settings.budget, {
      get backlog() {
        return stream.backlog;
      },
      send: (parts) => {
        stream.write(parts);
      },
      pause: () => {
        if (this.#paused) return;
        this.#paused = true;
        stream.pause();
      },
      resume: () => {
        if (!this.#paused) return;
        this.#paused = false;
        stream.resume();
      },
      close: () => {
        // A paused stream would never hear that the other side has closed it.
        if (this.#paused) stream.resume();
        stream.end();
        this.#settings.changed(this);
      },
    });
  }
}
