/**
 * How a sending VRA makes a frame's data small: once, for WAN and journal alike (law 9), and as far as
 * the host's CPU allows (VRA-4).
 *
 * The VMs of the host come first. What they leave of the CPU decides on the codec's level, and below
 * {@link leastLeft} nothing is compressed any more. A level that was given up comes back when a
 * little more is left than it needs, so that a load that trembles does not make it flutter.
 */
import type { Payload } from '../world/payload.ts';
import type { Codec, Compressed, Cpu } from '../world/world.ts';

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

/** What takes a while, and is to be done aside at this level of the codec. */
export interface ToCompress {
  readonly level: number;
}

export interface Packer {
  /** The level that the CPU allows now; 0: compression is off. */
  readonly level: number;
  pack(raw: Payload, compress: boolean): Compressed | ToCompress;
}

export function createPacker(codec: Codec, cpu: Cpu): Packer {
  return new AdaptivePacker(codec, cpu);
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

  pack(raw: Payload, compress: boolean): Compressed | ToCompress {
    const level = compress && raw.length > 0 ? this.level : 0;
    if (level === 0) return { encoding: 'none', data: raw };
    const { aside } = this.#codec;
    return aside && raw.length >= aside.from ? { level } : this.#codec.compress(raw, level);
  }
}
