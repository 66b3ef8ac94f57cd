/** Compression as a simulated world has it: the length shrinks, the content is remembered. */
import { assumedCompression } from '../../../topology/sizing.ts';
import type { Payload } from '../payload.ts';
import { WorldError } from '../world.ts';
import type { Codec, Encoding } from '../world.ts';
import { SyntheticPayload } from './synthetic.ts';

/** The level at which the ratio is what it was asked to be: the one that VRAs use when they can. */
const fullLevel = 3;
/** What each level below is worth less, and each above more, of what compression saves: a rough curve. */
const lossPerLevel = 0.2;
const gainPerLevel = 0.03;

/** Bytes. Expanding costs nothing here, and a piece is an object: they are as few as a test of several allows. */
const pieces = { least: 128 * 1024, longest: 1024 * 1024 };

/**
 * A codec that at level 3 makes one byte of every `ratio` bytes (1 or more), by default the planning
 * assumption that the linter uses for a link's bandwidth, so that lint and drill judge alike. Lower
 * levels save less, higher ones a little more. Level 0 compresses nothing.
 */
export function createSimulatedCodec(ratio = assumedCompression): Codec {
  return {
    pieces,
    compress(payload, level) {
      if (level <= 0 || payload.length === 0) return { encoding: 'none', data: payload };
      return { encoding: 'zstd', data: compressed(payload, ratioAt(level, ratio)) };
    },
    expand,
  };
}

function ratioAt(level: number, ratio: number): number {
  const perLevel = level < fullLevel ? lossPerLevel : gainPerLevel;
  return 1 + (ratio - 1) * (1 + (level - fullLevel) * perLevel);
}

/** The bytes of a compressed payload are random ones that follow from the original's. */
function compressed(original: Payload, ratio: number): Payload {
  const size = Math.max(1, Math.ceil(original.length / ratio));
  const { low, high } =
    original instanceof SyntheticPayload
      ? original.identity
      : { low: original.checksum() | 0, high: original.length | 0 };
  const content = { low, high, original, size };
  return new SyntheticPayload(content, 0, size);
}

function expand(encoding: Encoding, data: Payload, rawLength: number): Payload {
  const raw = encoding === 'none' ? data : originalOf(data);
  if (raw?.length === rawLength) return raw;
  throw new WorldError(
    'corrupt',
    'compressed data',
    `${data.length} bytes (${encoding}) do not expand to ${rawLength} bytes`,
  );
}

function originalOf(data: Payload): Payload | undefined {
  if (!(data instanceof SyntheticPayload) || data.start !== 0) return undefined;
  return data.length === data.content.size ? data.content.original : undefined;
}
