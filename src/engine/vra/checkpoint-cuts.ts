/**
 * Markers and holds: the sending VRA's part in a checkpoint.
 *
 * With a hold, guests wait for the release. A guest must not hang because a ZVM does, so a hold ends by
 * itself, and then the cut is void: some write may have gone on before every host had cut.
 */
import type { CheckpointId } from '../journal/frame.ts';
import type { CheckpointCommand, CheckpointReply, MarkRefusal } from './messages.ts';
import type { SendingStream } from './sending-stream.ts';

/** Milliseconds for which guests are made to wait at most. */
export const longestHold = 500;

export type MarkCommand = Extract<CheckpointCommand, { kind: 'mark' }>;
export type ReleaseCommand = Extract<CheckpointCommand, { kind: 'release' }>;

interface Cut {
  readonly checkpoint: CheckpointId;
  readonly held: readonly SendingStream[];
  /** The hold ended by itself. */
  expired: boolean;
}

export class CheckpointCuts {
  /** The last cut of each VPG. */
  readonly #cuts = new Map<string, Cut>();
  /** How many cuts hold a stream. */
  readonly #holds = new Map<SendingStream, number>();

  /** Places the marker in all of the streams, or in none. */
  mark(
    command: MarkCommand,
    streamOf: (name: string) => SendingStream | undefined,
  ): { readonly reply: CheckpointReply; readonly marked: readonly SendingStream[] } {
    const { vpg, checkpoint, time, catalogued } = command;
    const streams: SendingStream[] = [];
    for (const name of command.streams) {
      const stream = streamOf(name);
      const reason: MarkRefusal | undefined = stream?.driver
        ? stream.markRefusal
        : 'stream-unknown';
      if (reason !== undefined || !stream) {
        const refused = { kind: 'mark-refused', vpg, checkpoint } as const;
        return { reply: { ...refused, reason: reason ?? 'stream-unknown' }, marked: [] };
      }
      streams.push(stream);
    }
    // A ZVM that was started again has forgotten of markers that never became checkpoints, and its clock may have
    // been set back since.
    const last = Math.max(...streams.map(({ lastMarker }) => lastMarker));
    if (last >= checkpoint)
      return { reply: { kind: 'mark-outrun', vpg, checkpoint, last }, marked: [] };
    this.#end(vpg);
    for (const stream of streams) {
      stream.mark(checkpoint, time, catalogued);
      if (command.hold) this.#hold(stream);
    }
    this.#cuts.set(vpg, { checkpoint, held: command.hold ? streams : [], expired: false });
    return { reply: { kind: 'marked', vpg, checkpoint }, marked: streams };
  }

  release(command: ReleaseCommand): CheckpointReply {
    const { vpg, checkpoint } = command;
    const cut = this.#cuts.get(vpg);
    const known = cut?.checkpoint === checkpoint;
    if (known) this.#end(vpg);
    return { kind: 'released', vpg, checkpoint, inTime: known && !cut.expired };
  }

  /** The longest hold is over: guests go on, and a release that comes now comes too late. */
  expire(vpg: string, checkpoint: CheckpointId): void {
    const cut = this.#cuts.get(vpg);
    if (cut?.checkpoint !== checkpoint || cut.expired) return;
    cut.expired = true;
    this.#letGo(cut);
  }

  /** A stream that is no longer protected takes its holds along. */
  forget(stream: SendingStream): void {
    this.#holds.delete(stream);
  }

  #end(vpg: string): void {
    const cut = this.#cuts.get(vpg);
    if (!cut) return;
    this.#cuts.delete(vpg);
    if (!cut.expired) this.#letGo(cut);
  }

  #hold(stream: SendingStream): void {
    const holds = this.#holds.get(stream) ?? 0;
    this.#holds.set(stream, holds + 1);
    if (holds === 0) stream.driver?.hold();
  }

  #letGo(cut: Cut): void {
    for (const stream of cut.held) {
      const holds = this.#holds.get(stream);
      if (holds === undefined) continue;
      if (holds > 1) {
        this.#holds.set(stream, holds - 1);
      } else {
        this.#holds.delete(stream);
        stream.driver?.release();
      }
    }
  }
}
