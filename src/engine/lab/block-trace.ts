/**
 * A recorded block trace: what a real machine wrote, and when.
 *
 * The text has a line for each request, `version,time,op,size,lbn`: the time in seconds from any origin, the
 * SCSI operation in hexadecimal, the size in bytes and the first sector of 512 bytes. It is the form in which
 * CloudPhysics' traces of VMs are published. A first line that names the columns may stand there or not.
 */
export interface BlockTrace {
  /** Milliseconds from the first request to the last, and on to the end of its second. */
  readonly length: number;
  /** Writes and zeroes, in the order of their times. */
  readonly count: number;
  /** By index: milliseconds from the first request. */
  readonly times: Float64Array;
  /** By index: bytes from the start of the first disk. */
  readonly offsets: Float64Array;
  /** By index: bytes; negative for zeroes (a trim or a write of zeroes). */
  readonly sizes: Float64Array;
}

/** A line of a trace cannot be read. */
export class BlockTraceError extends Error {
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'BlockTraceError';
    this.line = line;
  }
}

const second = 1000;
const sector = 512;

/** Operation codes of SCSI Block Commands (SBC-4, table 33). */
const writes: ReadonlySet<number> = new Set([0x0a, 0x2a, 0xaa, 0x8a, 0x2e, 0xae, 0x8e]);
const zeroes: ReadonlySet<number> = new Set([0x41, 0x93, 0x42]);
/** Reads, verifications and flushes change nothing. */
const others: ReadonlySet<number> = new Set([
  0x08, 0x28, 0xa8, 0x88, 0x2f, 0xaf, 0x8f, 0x35, 0x91, 0x34, 0x90,
]);

/**
 * Linear in the length of the text, 24 bytes a write.
 *
 * @throws BlockTraceError
 */
export function parseBlockTrace(text: string): BlockTrace {
  const times: number[] = [];
  const offsets: number[] = [];
  const sizes: number[] = [];
  let first = Infinity;
  let last = -Infinity;
  let inOrder = true;
  let line = 0;
  for (let at = 0; at < text.length;) {
    const lineEnd = text.indexOf('\n', at);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const request = text.slice(at, end).trim();
    at = end + 1;
    line++;
    if (request === '' || (line === 1 && request.startsWith('version'))) continue;
    const columns = request.split(',');
    if (columns.length !== 5) {
      throw new BlockTraceError(
        line,
        `expected version,time,op,size,lbn; this is “${shown(request)}”`,
      );
    }
    const time = numberIn(columns[1], line, 'time') * second;
    const size = wholeIn(columns[3], line, 'size');
    const lbn = wholeIn(columns[4], line, 'lbn');
    const code = columns[2]?.trim() ?? '';
    const op = /^[0-9a-f]{1,2}$/i.test(code) ? Number.parseInt(code, 16) : Number.NaN;
    const isWrite = writes.has(op);
    if (!isWrite && !zeroes.has(op) && !others.has(op)) {
      throw new BlockTraceError(line, `the operation “${shown(code)}” is none of a disk`);
    }
    first = Math.min(first, time);
    if (time < last) inOrder = false;
    last = Math.max(last, time);
    if (others.has(op) || size === 0) continue;
    times.push(time);
    offsets.push(lbn * sector);
    sizes.push(isWrite ? size : -size);
  }
  if (first === Infinity)
    throw new BlockTraceError(Math.max(line, 1), 'the trace holds no request');
  const order = times.map((_, index) => index);
  if (!inOrder) order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  const pick = (from: readonly number[]) => Float64Array.from(order, (index) => from[index] ?? 0);
  return {
    length: Math.floor((last - first) / second + 1) * second,
    count: times.length,
    times: pick(times).map((time) => time - first),
    offsets: pick(offsets),
    sizes: pick(sizes),
  };
}

function numberIn(text: string | undefined, line: number, column: string): number {
  const value = Number(text);
  if (text !== undefined && text.trim() !== '' && Number.isFinite(value) && value >= 0)
    return value;
  throw new BlockTraceError(line, `the ${column} “${shown(text ?? '')}” is no number`);
}

function wholeIn(text: string | undefined, line: number, column: string): number {
  const value = numberIn(text, line, column);
  if (Number.isSafeInteger(value * sector)) return value;
  throw new BlockTraceError(line, `the ${column} “${shown(text ?? '')}” is no whole number`);
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
