/** The receiving side of a delta sync: compares checksums with what the end of the journal holds. */
import type { Journal } from '../journal/journal.ts';
import type { ReceiverControl, SenderControl } from './messages.ts';

type Compare = Extract<SenderControl, { kind: 'compare' }>;
type Compared = Extract<ReceiverControl, { kind: 'compared' }>;

/**
 * Reads journal and replica, not the replica alone: what the sender has sent is not older than that. What
 * cannot be read counts as different, so that it is sent anew.
 */
export function compareWithJournal(
  journal: Journal,
  { stream, epoch, request, parts }: Compare,
  done: (answer: Compared) => void,
): void {
  const differing: number[] = [];
  let open = parts.length;
  journal.readLatest(parts, (index, _error, payload) => {
    if (payload?.checksum() !== parts[index]?.checksum) differing.push(index);
    open -= 1;
    if (open > 0) return;
    differing.sort((a, b) => a - b);
    done({ kind: 'compared', stream, epoch, request, differing });
  });
}
