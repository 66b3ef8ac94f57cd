/** Binds the receiving core to a World: its effects become calls, and what comes of them its inputs. */
import { receiveBufferShare } from '../../topology/limits.ts';
import type { Journal } from '../journal/journal.ts';
import type { World } from '../world/world.ts';
import { compareWithJournal } from './compare-with-journal.ts';
import { JournalKeeper } from './journal-keeper.ts';
import { JournalWaits } from './journal-waits.ts';
import type { CheckpointReply } from './messages.ts';
import { PeerDoors } from './peer-doors.ts';
import { ReceiverCore } from './receiver-core.ts';
import type { ReceiverEffect, ReceiverInput } from './receiver-effects.ts';
import type { ReceivingStream } from './receiving-stream.ts';

export interface ReceivingShellOptions {
  /** Bytes of the VRA's buffers. */
  readonly pool: number;
  tellOfCheckpoint(reply: CheckpointReply): void;
  stateChanged(): void;
  /** The World may vouch for less than before. */
  readonly doubted: () => void;
}

export class ReceivingShell {
  readonly core: ReceiverCore;
  readonly doors: PeerDoors;
  readonly #world: World;
  readonly #options: ReceivingShellOptions;
  readonly #journals: JournalKeeper;
  readonly #waits = new JournalWaits();
  /** Waiting for the journal of a stream to be closed. */
  readonly #closing = new Map<string, () => void>();

  constructor(world: World, options: ReceivingShellOptions) {
    this.#world = world;
    this.#options = options;
    this.core = new ReceiverCore({
      buffer: Math.floor(options.pool * receiveBufferShare),
      space: (path) => world.storage.space(path),
    });
    this.#journals = new JournalKeeper(world, {
      opened: (stream, journal) => {
        this.receive({ kind: 'journal-opened', stream, journal });
        this.#waits.settled(stream.settings.stream);
      },
      failed: (stream, failure) => {
        this.receive({ kind: 'journal-failed', stream, failure });
        this.#waits.settled(stream.settings.stream);
      },
    });
    this.doors = new PeerDoors(world.network, {
      connected: (peer) => {
        this.receive({ kind: 'peer-connected', peer });
      },
      lost: (peer) => {
        this.receive({ kind: 'peer-lost', peer });
      },
      control: (peer, message) => {
        this.receive({ kind: 'control', peer, message });
      },
      frame: (peer, message) => {
        this.receive({ kind: 'frame', peer, message });
      },
      doubted: options.doubted,
    });
  }

  /** Whether nobody waits for a journal to be closed. */
  get idle(): boolean {
    return this.#closing.size === 0;
  }

  receive(input: ReceiverInput): void {
    for (const effect of this.core.handle(input)) this.#act(effect);
  }

  /** Runs something for `what` as soon as it is known whether the stream's journal opens: mostly at once. */
  whenOpen(what: string, stream: string, run: () => void): void {
    if (this.core.isOpening(stream)) this.#waits.add(what, stream, run);
    else run();
  }

  /** What waited for a journal is not wanted any more. */
  dropWait(what: string): void {
    this.#waits.drop(what);
  }

  /** The stream's journal is about to be given up: calls back when its files are free. */
  awaitClose(stream: string, closed: () => void): void {
    this.#closing.set(stream, closed);
  }

  #act(effect: ReceiverEffect): void {
    switch (effect.kind) {
      case 'open-journal':
        this.#journals.open(effect.stream);
        break;
      case 'close-journal':
        this.#close(effect.stream, effect.journal);
        break;
      case 'append':
        this.#append(effect);
        break;
      case 'age':
        this.#age(effect);
        break;
      case 'control':
        this.doors.control(effect.peer, effect.message);
        break;
      case 'compare': {
        const { peer, journal, message } = effect;
        compareWithJournal(journal, message, (answer) => {
          this.doors.control(peer, answer);
        });
        break;
      }
      case 'ack':
        this.doors.acknowledge(effect.peer, effect.message);
        break;
      case 'durable':
        this.#options.tellOfCheckpoint(effect.reply);
        break;
      case 'state-changed':
        this.#options.stateChanged();
        break;
    }
  }

  #append({ stream, journal, message }: Extract<ReceiverEffect, { kind: 'append' }>): void {
    const [data] = message.payloads;
    if (!data) return;
    journal.append({ ...message.frame, data }, (error) => {
      this.receive({ kind: 'appended', stream, message, error });
    });
  }

  #age({ stream, journal }: Extract<ReceiverEffect, { kind: 'age' }>): void {
    const now = this.#world.clock.now();
    if (!journal.needsAgeing(now)) {
      this.receive({ kind: 'aged', stream, error: undefined });
      return;
    }
    journal.age(now, (error) => {
      this.receive({ kind: 'aged', stream, error });
    });
  }

  #close(stream: ReceivingStream, journal: Journal): void {
    const name = stream.settings.stream;
    const closed = this.#closing.get(name);
    this.#closing.delete(name);
    this.#journals.close(stream, journal, closed);
  }
}
