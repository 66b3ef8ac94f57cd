/** A VRA of which nothing is under way, so that its streams may leap over a stretch of time. */
import type { StreamName } from '../journal/frame.ts';
import type { Journal } from '../journal/journal.ts';
import type { Framing, QuietTotals } from './quiet-stream.ts';

export interface QuietVra {
  /** What the VRA's clock shows, in milliseconds. */
  now(): number;
  /** How a stream that it sends is cut into frames; undefined where anything of it is under way. */
  sending(stream: StreamName): Framing | undefined;
  /** The journal of a stream that it receives; undefined where anything of it is under way. */
  receiving(stream: StreamName): Journal | undefined;
  /** It has sent so much of a stream, and all of it is acknowledged. */
  sent(stream: StreamName, totals: QuietTotals): void;
  /** It has received so much; its journal has taken it in. */
  received(totals: QuietTotals): void;
}
