/**
 * The receiving side of a VRA: a state machine over all streams that recover to its host.
 *
 * What a journal holds is the truth (law 2), so the core keeps no position of its own: it hands frames
 * to the journal, acknowledges what has become durable (law 3), and tells a sender that is off where to
 * go on.
 */
import type { CheckpointId, FrameEntry, StreamName } from '../journal/frame.ts';
import type { Journal, JournalError, JournalPosition } from '../journal/journal.ts';
import { DatastoreFloor, datastoreOf } from './datastore-floor.ts';
import type { SpaceOf } from './datastore-floor.ts';
import type {
  DatastoreReport,
  FrameMessage,
  RecoveryStream,
  RecoveryStreamReport,
  SenderControl,
} from './messages.ts';
import type { ReceiverEffect, ReceiverInput } from './receiver-effects.ts';
import { ReceivingStream } from './receiving-stream.ts';
import { defaultWindow } from './sending-stream.ts';

/** The least share of the receive buffer that a stream is offered, in bytes. */
const leastWindow = 64 * 1024;

export interface ReceiverOptions {
  /** Bytes of memory for frames that are not yet in a journal. */
  readonly buffer: number;
  readonly space: SpaceOf;
}

interface Peer {
  hearsItsZvm: boolean | undefined;
}

export class ReceiverCore {
  readonly #options: ReceiverOptions;
  readonly #floor: DatastoreFloor;
  readonly #streams = new Map<StreamName, ReceivingStream>();
  /** Peers with a connection. */
  readonly #peers = new Map<string, Peer>();
  #effects: ReceiverEffect[] = [];
  /** This VRA has no past. */
  #fresh = false;
  /** Streams whose journals it has opened: what is in those since then is its own work. */
  readonly #seen = new Set<StreamName>();
  #used = 0;
  #received = 0;
  #written = 0;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#floor = new DatastoreFloor(options.space);
  }

  /** Bytes of the receive buffer in use. */
  get used(): number {
    return this.#used;
  }

  /** Compressed bytes taken from the wire since the start. */
  get received(): number {
    return this.#received;
  }

  /** Bytes of frames that became durable in journals since the start. */
  get written(): number {
    return this.#written;
  }

  journalOf(stream: StreamName): Journal | undefined {
    return this.#streams.get(stream)?.journal;
  }

  /** Whether its journal is not open yet, and is going to be, or to fail. */
  isOpening(stream: StreamName): boolean {
    return this.#streams.get(stream)?.opening ?? false;
  }

  /** A stream's journal, while nothing of the stream is under way. */
  quiet(name: StreamName): Journal | undefined {
    const stream = this.#streams.get(name);
    const isConnected = stream && this.#peers.has(stream.settings.peer.vra);
    return isConnected && stream.isQuiet ? stream.journal : undefined;
  }

  /** So many bytes have come and are durable. */
  leapt(bytes: number): void {
    this.#received += bytes;
    this.#written += bytes;
  }

  settingsOf(stream: StreamName): RecoveryStream | undefined {
    return this.#streams.get(stream)?.settings;
  }

  handle(input: ReceiverInput): readonly ReceiverEffect[] {
    switch (input.kind) {
      case 'configure':
        if (input.fresh === true) this.#fresh = true;
        this.#configure(input.recover);
        for (const { stream, fenced } of input.recover) {
          if (fenced === true || input.fenced?.has(stream) === true) this.#fence(stream);
          else this.#unfence(stream);
        }
        break;
      case 'fence':
        this.#fence(input.stream);
        break;
      case 'journal-opened':
        this.#opened(input.stream, input.journal);
        break;
      case 'journal-failed':
        this.#openFailed(input.stream, input.failure);
        break;
      case 'peer-connected':
        this.#lost(input.peer);
        this.#peers.set(input.peer, { hearsItsZvm: undefined });
        this.#effects.push({ kind: 'state-changed' });
        break;
      case 'peer-lost':
        this.#lost(input.peer);
        break;
      case 'control':
        this.#control(input.peer, input.message);
        break;
      case 'frame':
        this.#frame(input.peer, input.message);
        break;
      case 'appended':
        this.#appended(input.stream, input.message, input.error);
        break;
      case 'aged':
        this.#aged(input.stream, input.error);
        break;
      case 'catalogued':
        for (const { settings, journal } of this.#streams.values()) {
          if (settings.vpg === input.vpg) journal?.confirm(input.checkpoint);
        }
        break;
      case 'age':
        for (const stream of this.#streams.values()) this.#age(stream, input.rests);
        break;
    }
    const effects = this.#effects;
    if (effects.length > 0) this.#effects = [];
    return effects;
  }

  /** `whole`: with everything that the journals hold. */
  report(whole = false): readonly RecoveryStreamReport[] {
    return [...this.#streams.values()].map((stream) => {
      const peer = this.#peers.get(stream.settings.peer.vra);
      return stream.report(peer !== undefined, peer?.hearsItsZvm, whole);
    });
  }

  /** The datastores of all streams, each once. */
  datastores(): readonly DatastoreReport[] {
    const reports = new Map<string, DatastoreReport>();
    for (const { settings } of this.#streams.values()) {
      for (const folder of [settings.journalFolder, settings.replicaFolder]) {
        const name = datastoreOf(folder);
        const report = reports.has(name) ? undefined : this.#floor.report(folder);
        if (report) reports.set(name, report);
      }
    }
    return [...reports.values()];
  }

  // --- Configuration and journals ------------------------------------------------------------

  #configure(recover: readonly RecoveryStream[]): void {
    const wanted = new Set(recover.map(({ stream }) => stream));
    for (const [name, stream] of this.#streams) {
      if (wanted.has(name)) continue;
      this.#streams.delete(name);
      this.#close(stream);
    }
    for (const settings of recover) {
      const known = this.#streams.get(settings.stream);
      if (!known) {
        this.#streams.set(settings.stream, this.#open(new ReceivingStream(settings)));
        continue;
      }
      const sameFiles = filesOf(known.settings) === filesOf(settings);
      if (known.settings.peer.vra !== settings.peer.vra) known.attached = known.asked = false;
      known.settings = settings;
      if (sameFiles) known.journal?.configure(settings);
      else {
        this.#close(known);
        this.#streams.set(settings.stream, this.#open(new ReceivingStream(settings)));
      }
    }
    this.#effects.push({ kind: 'state-changed' });
  }

  /** No sender may change what a recovered VM stands on, whatever it believes to be. */
  #fence(name: StreamName): void {
    const stream = this.#streams.get(name);
    if (!stream || stream.fenced) return;
    stream.fenced = true;
    stream.attached = stream.asked = false;
    this.#effects.push({ kind: 'state-changed' });
  }

  /** A commit has been refused, or rolled back elsewhere, before it had begun here. */
  #unfence(name: StreamName): void {
    const stream = this.#streams.get(name);
    if (stream?.fenced !== true) return;
    stream.fenced = false;
    // The sender may not have heard that nothing was taken any more.
    stream.asked = true;
    this.#answer(stream);
  }

  #open(stream: ReceivingStream): ReceivingStream {
    stream.opening = true;
    this.#effects.push({ kind: 'open-journal', stream });
    return stream;
  }

  #close(stream: ReceivingStream): void {
    this.#release(stream, stream.pendingBytes);
    const { journal } = stream;
    stream.journal = undefined;
    if (journal) this.#effects.push({ kind: 'close-journal', stream, journal });
  }

  #opened(stream: ReceivingStream, journal: Journal): void {
    if (this.#streams.get(stream.settings.stream) !== stream) {
      // It was removed, or went to other folders, in the meantime.
      this.#effects.push({ kind: 'close-journal', stream, journal });
      return;
    }
    stream.opening = false;
    stream.journal = journal;
    const { stream: name } = stream.settings;
    stream.unverified = this.#fresh && !this.#seen.has(name) && journal.position.epoch > 0;
    this.#seen.add(name);
    stream.examine();
    if (this.#watchSpace(stream)) this.#resume(stream);
    this.#answer(stream);
    this.#effects.push({ kind: 'state-changed' });
  }

  #openFailed(stream: ReceivingStream, failure: string): void {
    stream.opening = false;
    this.#suspend(stream, failure);
  }

  // --- Peers ---------------------------------------------------------------------------------

  #lost(vra: string): void {
    if (!this.#peers.delete(vra)) return;
    for (const stream of this.#streams.values()) {
      if (stream.settings.peer.vra !== vra) continue;
      stream.attached = stream.asked = false;
    }
    this.#effects.push({ kind: 'state-changed' });
  }

  #control(vra: string, message: SenderControl): void {
    const peer = this.#peers.get(vra);
    if (!peer) return;
    switch (message.kind) {
      case 'hello':
      case 'heartbeat':
        if (peer.hearsItsZvm === message.hearsItsZvm) return;
        peer.hearsItsZvm = message.hearsItsZvm;
        this.#effects.push({ kind: 'state-changed' });
        break;
      case 'compare': {
        const stream = this.#streams.get(message.stream);
        // The sender asks again what is not answered: there will be a journal by then, or no connection.
        if (stream?.settings.peer.vra !== vra || !stream.journal) return;
        this.#effects.push({ kind: 'compare', peer: vra, journal: stream.journal, message });
        break;
      }
      case 'attach': {
        const stream = this.#streams.get(message.stream);
        if (stream?.settings.peer.vra !== vra || stream.fenced) {
          const unknown = { kind: 'unknown-stream', stream: message.stream } as const;
          this.#effects.push({ kind: 'control', peer: vra, message: unknown });
          return;
        }
        stream.asked = true;
        stream.attached = false;
        this.#answer(stream);
        break;
      }
    }
  }

  /** Tells the sender where to go on, once nothing is under way that could move that place. */
  #answer(stream: ReceivingStream): void {
    const { settings, journal } = stream;
    const peer = settings.peer.vra;
    if (!stream.asked || stream.fenced || !this.#peers.has(peer)) return;
    if (stream.suspended) {
      stream.asked = false;
      this.#tellSuspended(stream);
      return;
    }
    if (!journal || stream.pendingFrames > 0) return;
    stream.asked = false;
    stream.attached = true;
    stream.rewinding = true;
    stream.toldDamage = journal.damage;
    this.#effects.push({
      kind: 'control',
      peer,
      message: {
        kind: 'attached',
        stream: settings.stream,
        epoch: journal.position.epoch,
        lastSequence: journal.position.sequence,
        lastMarker: journal.newest()?.checkpoint ?? -1,
        replica: stream.replica,
        window: this.#window(),
      },
    });
    this.#effects.push({ kind: 'state-changed' });
  }

  /** A stream's share of the receive buffer, so that all of them together cannot overfill it. */
  #window(): number {
    const share = Math.floor(this.#options.buffer / Math.max(1, this.#streams.size));
    return Math.min(defaultWindow, Math.max(leastWindow, share));
  }

  // --- Frames --------------------------------------------------------------------------------

  #frame(vra: string, message: FrameMessage): void {
    const stream = this.#streams.get(message.frame.stream);
    const length = message.payloads[0]?.length ?? 0;
    this.#received += length;
    if (!stream?.journal || stream.settings.peer.vra !== vra) return;
    // What was under way when the stream was suspended or asked anew is sent again after the answer.
    if (!stream.attached || stream.suspended) return;
    const { journal } = stream;
    if (stream.rewinding) {
      if (!goesOn(journal.position, message)) return;
      stream.rewinding = false;
    }
    if (this.#used + length > this.#options.buffer && stream.pendingFrames > 0) {
      this.#rewind(stream);
      return;
    }
    stream.pendingFrames++;
    stream.pendingBytes += length;
    this.#used += length;
    this.#effects.push({ kind: 'append', stream, journal, message });
  }

  /** Has the sender send again from the journal's position, when that has come to rest. */
  #rewind(stream: ReceivingStream): void {
    if (!stream.attached) return;
    stream.asked = true;
    stream.attached = false;
    this.#answer(stream);
  }

  #appended(stream: ReceivingStream, message: FrameMessage, error: JournalError | undefined): void {
    if (!stream.journal) return;
    const length = message.payloads[0]?.length ?? 0;
    stream.pendingFrames--;
    this.#release(stream, length);
    if (error) this.#refused(stream, error);
    else this.#durable(stream, stream.journal, message, length);
    this.#answer(stream);
  }

  #release(stream: ReceivingStream, bytes: number): void {
    stream.pendingBytes -= bytes;
    this.#used -= bytes;
  }

  #durable(
    stream: ReceivingStream,
    journal: Journal,
    { frame }: FrameMessage,
    length: number,
  ): void {
    this.#written += length;
    const { vpg, stream: name, peer } = stream.settings;
    if (this.#peers.has(peer.vra)) {
      const sequence = frame.firstSequence + frame.entries.length - 1;
      const ack = { kind: 'ack', stream: name, epoch: frame.epoch, sequence } as const;
      this.#effects.push({ kind: 'ack', peer: peer.vra, message: ack });
    }
    for (const entry of frame.entries) {
      if (entry.kind === 'sync-begin' && entry.sync !== 'bitmap') stream.unverified = false;
      if (entry.kind === 'sync-begin' || entry.kind === 'sync-end') {
        this.#effects.push({ kind: 'state-changed' });
      }
      const checkpoint = checkpointOf(entry);
      if (checkpoint === undefined || !journal.has(checkpoint)) continue;
      // The first checkpoint is worth nothing to a ZVM that takes the replica for incomplete.
      if (!stream.toldRecoverable) this.#effects.push({ kind: 'state-changed' });
      const reply = { kind: 'durable', vpg, stream: name, checkpoint } as const;
      this.#effects.push({ kind: 'durable', reply });
    }
  }

  #refused(stream: ReceivingStream, error: JournalError): void {
    switch (error.code) {
      case 'out-of-sequence':
      case 'wrong-epoch':
      case 'bad-frame':
        if (!stream.suspended) this.#rewind(stream);
        break;
      case 'corrupt':
        // What it has to take instead is asked for.
        this.#heal(stream);
        break;
      default:
        stream.lowSpace = error.code === 'no-space';
        this.#suspend(stream, error.message);
    }
  }

  // --- Damage ----------------------------------------------------------------------------------

  /**
   * Has the sender make good what was found to be damaged: told that the replica is, it brings over
   * whatever the two sides may differ in. Once for each damage, for the answer takes its time.
   */
  #heal(stream: ReceivingStream): void {
    if (stream.examine()) this.#effects.push({ kind: 'state-changed' });
    const damage = stream.journal?.damage;
    if (damage !== undefined && damage !== stream.toldDamage) this.#rewind(stream);
  }

  // --- Storage -------------------------------------------------------------------------------

  #suspend(stream: ReceivingStream, failure: string): void {
    const already = stream.suspended;
    stream.failure = failure;
    if (already) return;
    if (stream.attached || stream.asked) this.#tellSuspended(stream);
    stream.attached = stream.asked = false;
    this.#effects.push({ kind: 'state-changed' });
  }

  #tellSuspended({ settings }: ReceivingStream): void {
    if (!this.#peers.has(settings.peer.vra)) return;
    const suspend = {
      kind: 'suspend',
      stream: settings.stream,
      reason: 'journal-storage',
    } as const;
    this.#effects.push({ kind: 'control', peer: settings.peer.vra, message: suspend });
  }

  /** Suspends a stream whose datastore is below its floor: before the journal fills it up. */
  #watchSpace(stream: ReceivingStream): boolean {
    const problem = this.#floor.problem(stream.settings.journalFolder);
    stream.lowSpace = problem !== undefined;
    if (problem !== undefined) this.#suspend(stream, problem);
    return problem === undefined;
  }

  #age(stream: ReceivingStream, rests: boolean): void {
    const { journal } = stream;
    if (!journal) {
      if (!stream.opening) this.#open(stream);
      return;
    }
    if (this.#watchSpace(stream) && stream.pendingFrames === 0) this.#resume(stream);
    if (stream.fenced) return;
    this.#heal(stream);
    if (stream.aging || rests) return;
    stream.aging = true;
    this.#effects.push({ kind: 'age', stream, journal });
  }

  /** Lets the sender go on, if it was held up. */
  #resume(stream: ReceivingStream): void {
    if (!stream.suspended) return;
    stream.failure = undefined;
    const { peer, stream: name } = stream.settings;
    if (this.#peers.has(peer.vra)) {
      const message = { kind: 'unsuspend', stream: name } as const;
      this.#effects.push({ kind: 'control', peer: peer.vra, message });
    }
    this.#effects.push({ kind: 'state-changed' });
  }

  /** A journal that cannot age still takes frames: history grows instead of shrinking. */
  #aged(stream: ReceivingStream, error: JournalError | undefined): void {
    stream.aging = false;
    this.#heal(stream);
    const trouble = error?.message;
    if (stream.agingTrouble === trouble) return;
    stream.agingTrouble = trouble;
    this.#effects.push({ kind: 'state-changed' });
  }
}

function checkpointOf(entry: FrameEntry): CheckpointId | undefined {
  return entry.kind === 'checkpoint' ? entry.checkpoint : undefined;
}

/** Whether a frame is the one that follows the position. */
function goesOn(position: JournalPosition, { frame }: FrameMessage): boolean {
  return frame.epoch === position.epoch
    ? frame.firstSequence === position.sequence + 1
    : frame.epoch > position.epoch && frame.entries[0]?.kind === 'sync-begin';
}

/** What makes a journal another one. */
function filesOf({ journalFolder, replicaFolder, disks }: RecoveryStream): string {
  return JSON.stringify([journalFolder, replicaFolder, disks]);
}
