/** Which frames a journal takes. */
import type { JournalDisk, JournalPosition } from './contract.ts';

import type { Frame, StreamName } from './frame.ts';
import { entriesProblem, MAX_FRAME_DATA, MAX_FRAME_ENTRIES } from './frame-codec.ts';
import { piecesProblem } from './frame-pieces.ts';
import { JournalError } from './journal-error.ts';

/**
 * `next` where the frame goes on from a position or starts the stream afresh, `held` where the position
 * is at or behind its last entry, or why it cannot be taken.
 */
export function admit(
  frame: Pick<Frame, 'stream' | 'epoch' | 'firstSequence' | 'entries'>,
  position: JournalPosition,
): 'next' | 'held' | JournalError {
  const { stream, epoch, firstSequence } = frame;
  const first = frame.entries[0];
  if (epoch > position.epoch) {
    if (first?.kind === 'sync-begin') return 'next';
    return new JournalError(
      'wrong-epoch',
      stream,
      `epoch ${epoch} has to begin with a sync, because the journal stands in epoch ${position.epoch}`,
    );
  }
  if (epoch < position.epoch) {
    return new JournalError(
      'wrong-epoch',
      stream,
      `the frame is of epoch ${epoch}, the journal already in epoch ${position.epoch}`,
    );
  }
  if (firstSequence > position.sequence + 1) {
    return new JournalError(
      'out-of-sequence',
      stream,
      `the frame begins with entry ${firstSequence}, but entry ${position.sequence + 1} is next`,
    );
  }
  return firstSequence + frame.entries.length - 1 <= position.sequence ? 'held' : 'next';
}

/** What is wrong with a frame, whatever the position. */
export function frameProblem(
  frame: Frame,
  stream: StreamName,
  disks: readonly JournalDisk[],
): JournalError | undefined {
  const problem = shapeProblem(frame, stream) ?? rangeProblem(frame, disks);
  return problem === undefined ? undefined : new JournalError('bad-frame', stream, problem);
}

function shapeProblem(frame: Frame, stream: StreamName): string | undefined {
  const { entries, data, rawLength, epoch, firstSequence } = frame;
  if (frame.stream !== stream) return `the frame is of stream ${frame.stream}`;
  if (!Number.isInteger(epoch) || epoch < 1 || epoch > 0xffffffff) return `no epoch: ${epoch}`;
  if (!Number.isSafeInteger(firstSequence + entries.length) || firstSequence < 1) {
    return `no sequence: ${firstSequence}`;
  }
  if (entries.length === 0 || entries.length > MAX_FRAME_ENTRIES) {
    return `a frame has 1 to ${MAX_FRAME_ENTRIES} entries, not ${entries.length}`;
  }
  if (!(rawLength >= 0 && rawLength <= MAX_FRAME_DATA) || data.length > MAX_FRAME_DATA) {
    return `a frame holds up to ${MAX_FRAME_DATA} bytes, not ${Math.max(rawLength, data.length)}`;
  }
  if (data.checksum() !== frame.checksum) return 'the data fails its checksum';
  const { pieces } = frame;
  return (
    entriesProblem(entries, rawLength) ?? (pieces && piecesProblem(pieces, rawLength, data.length))
  );
}

function rangeProblem(frame: Frame, disks: readonly JournalDisk[]): string | undefined {
  for (const entry of frame.entries) {
    if (entry.kind !== 'write' && entry.kind !== 'zero') continue;
    const disk = disks[entry.disk];
    if (disk === undefined) return `the stream has no disk ${entry.disk}`;
    if (entry.offset + entry.length > disk.size) {
      return `${entry.length} bytes at ${entry.offset} end beyond disk ${disk.name} (${disk.size} bytes)`;
    }
  }
  return undefined;
}
