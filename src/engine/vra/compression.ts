/**
 * How a sending VRA makes a frame's data small: once, for WAN and journal alike (law 9), and as far as
 * the host's CPU allows (VRA-4).
 *
 * The VMs of the host come first. What they leave of the CPU decides on the codec's level, and below
 * {@link leastLeft} nothing is compressed any more. A level that was given up comes back when a
 * little more is left than it needs, so that a load that trembles does not make it flutter.
 */
import type { FramePiece } from '../journal/frame.ts';
import type { Payload } from '../world/payload.ts';
import { joinPayloads } from '../world/payloads.ts';
import type { Codec, Compressed, Cpu, Encoding } from '../world/world.ts';
import { pieceEnds } from './cut-pieces.ts';

/**
 * The codec's levels that a VRA uses, each with the share of the CPU that has to be left for it, best
 * first. Above level 3 the ratio hardly grows while the cost multiplies.
 */
const steps = [
  { level: 3, left: 0.5 },
  { level: 2, left: 0.3 },
  { level: 1, left: 0.15 },
] as const;

/** The level of a VRA whose host has CPU to spare. */
export const bestLevel = steps[0].level;
/** Share of the CPU below which compression is switched off. */
export const leastLeft = steps[2].left;
/** What has to be left beyond a level's share for the level to come back. */
const margin = 0.05;

/** A frame's data as it crosses the wire. */
export interface Packed extends Compressed {
  /** What it is made of; undefined: it is one piece. */
  readonly pieces?: readonly FramePiece[] | undefined;
}

/** What takes a while, and is to be done aside at this level of the codec. */
export interface ToCompress {
  readonly level: number;
  /** The pieces, each to be compressed by itself: see {@link packedOf}. */
  readonly parts: readonly Payload[];
}

export interface Packer {
  /** The level that the CPU allows now; 0: compression is off. */
  readonly level: number;
  /** `lengths`: of the writes that the data is made of; by default, one. */
  pack(raw: Payload, compress: boolean, lengths?: readonly number[]): Packed | ToCompress;
}

/** A frame's data from its pieces and what the codec has made of each. */
export function packedOf(parts: readonly Payload[], compressed: readonly Compressed[]): Packed {
  const [only] = compressed;
  if (only && compressed.length === 1) return only;
  let encoding: Encoding = 'none';
  const stored: Payload[] = [];
  const pieces: FramePiece[] = [];
  for (const [index, part] of parts.entries()) {
    const made = compressed[index];
    const isWorthIt = made !== undefined && made.data.length < part.length;
    if (isWorthIt) encoding = made.encoding;
    const data = isWorthIt ? made.data : part;
    stored.push(data);
    pieces.push({ rawLength: part.length, length: data.length, checksum: data.checksum() });
  }
  return { encoding, data: joinPayloads(stored), pieces };
}

export function createPacker(codec: Codec, cpu: Cpu): Packer {
  return new AdaptivePacker(codec, cpu);
}

/** A packer that keeps to a level, whatever becomes of the CPU. */
export function packerAt(codec: Codec, level: number): Packer {
  return {
    level,
    pack: (raw, compress, lengths) => packAt(codec, compress ? level : 0, raw, lengths),
  };
}

function packAt(
  codec: Codec,
  wanted: number,
  raw: Payload,
  lengths: readonly number[] = [raw.length],
): Packed | ToCompress {
  const level = raw.length > 0 ? wanted : 0;
  let start = 0;
  const parts = pieceEnds(lengths, codec.pieces).map((end) => {
    const part = raw.slice(start, end);
    start = end;
    return part;
  });
  if (level > 0 && codec.aside && raw.length >= codec.aside.from) return { level, parts };
  if (parts.length === 0) return { encoding: 'none', data: raw };
  return packedOf(
    parts,
    parts.map((part) =>
      level === 0 ? { encoding: 'none', data: part } : codec.compress(part, level),
    ),
  );
}

class AdaptivePacker implements Packer {
  readonly #codec: Codec;
  readonly #cpu: Cpu;
  #level: number = bestLevel;

  constructor(codec: Codec, cpu: Cpu) {
    this.#codec = codec;
    this.#cpu = cpu;
  }

  get level(): number {
    const left = 1 - this.#cpu.load();
    const isAllowed = ({ level, left: needed }: (typeof steps)[number]): boolean =>
      left >= (level > this.#level ? needed + margin : needed);
    return (this.#level = steps.find(isAllowed)?.level ?? 0);
  }

  pack(raw: Payload, compress: boolean, lengths?: readonly number[]): Packed | ToCompress {
    const level = compress && raw.length > 0 ? this.level : 0;
    return packAt(this.#codec, level, raw, lengths);
  }
}
