/**
 * The sending side of a delta sync: finds out which suspect blocks of a stream differ at the other side,
 * without sending their content.
 *
 * A region of the protected disk is read and its checksum sent; where the other side's differs, the
 * checksums of its blocks follow. What is equal is trusted again, what differs becomes dirty and goes
 * the way of all dirty blocks.
 *
 * Writes go on meanwhile, and neither side stops to be compared. That is sound: let the protected disk
 * hold a byte at one place of the stream and the other side the same byte at another. All writes between
 * the two places are in the stream (or their blocks are dirty), so once both sides have them the byte is
 * equal still. At worst a block that was being written looks different and is sent in vain.
 */
import type { Attachment } from '../disk/write-tap.ts';
import { dirtyBlockSize } from '../disk/write-tap.ts';
import type { Payload } from '../world/payload.ts';
import type { Instant } from '../world/world.ts';
import type { ComparedPart, ReceiverControl } from './messages.ts';

export type ComparedMessage = Extract<ReceiverControl, { kind: 'compared' }>;

/** Bytes of a region, which never crosses a multiple of it. */
export const regionLength = 1024 * 1024;
/** Regions that are being read or compared at a time. */
const mostUnderWay = 16;
/** Milliseconds after which an answer is not waited for any more. */
const answerLimit = 30_000;

/** A part that the other side was asked about; with `blocks`, those are asked about if it differs. */
interface Asked extends ComparedPart {
  readonly blocks: readonly ComparedPart[];
}

interface Question {
  readonly parts: readonly Asked[];
  /** How many regions the parts are, or are blocks of. */
  readonly regions: number;
  readonly at: Instant;
}

export interface Region {
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
}

export interface ComparisonSurroundings {
  /** Has the region read; its content comes back to {@link Comparison.read}. */
  read(region: Region, round: number): void;
  ask(request: number, parts: readonly ComparedPart[]): void;
}

export class Comparison {
  readonly #around: ComparisonSurroundings;
  readonly #questions = new Map<number, Question>();
  #request = 0;
  #round = 0;
  #cursor = { disk: 0, offset: 0 };
  #reading = 0;
  /** Regions that the questions are about. */
  #open = 0;
  /** Read, and not asked about yet. */
  #ready: Asked[] = [];

  constructor(around: ComparisonSurroundings) {
    this.#around = around;
  }

  get #underWay(): number {
    return this.#reading + this.#ready.length + this.#open;
  }

  /** Whatever is under way comes to nothing: its blocks stay suspect. */
  reset(): void {
    this.#round++;
    this.#questions.clear();
    this.#reading = this.#open = 0;
    this.#ready = [];
    this.#cursor = { disk: 0, offset: 0 };
  }

  /** Has as many regions read as may be under way. */
  pump(driver: Attachment, disks: number, now: Instant): void {
    if (driver.suspectBytes === 0) return;
    const [oldest] = this.#questions.values();
    if (oldest && now - oldest.at > answerLimit) this.reset();
    let wrapped = false;
    while (this.#underWay < mostUnderWay) {
      const run = driver.nextSuspect(this.#cursor.disk, this.#cursor.offset, regionLength);
      if (run) {
        this.#cursor = { disk: run.disk, offset: run.offset + run.length };
        this.#reading++;
        this.#around.read(run, this.#round);
      } else if (this.#cursor.disk + 1 < disks) {
        this.#cursor = { disk: this.#cursor.disk + 1, offset: 0 };
      } else {
        // What is suspect behind the cursor could not be read, or was not answered: once more.
        if (this.#underWay > 0 || wrapped) return;
        wrapped = true;
        this.#cursor = { disk: 0, offset: 0 };
      }
    }
  }

  /** A region was read; undefined: it could not be. Regions that come together are asked about together. */
  read(region: Region, round: number, payload: Payload | undefined, now: Instant): void {
    if (round !== this.#round) return;
    this.#reading--;
    if (payload) {
      this.#ready.push({ ...partOf(region, payload), blocks: blocksOf(region, payload) });
    }
    if (this.#reading > 0 || this.#ready.length === 0) return;
    const parts = this.#ready;
    this.#ready = [];
    this.#ask(parts, parts.length, now);
  }

  #ask(parts: readonly Asked[], regions: number, now: Instant): void {
    const request = ++this.#request;
    this.#questions.set(request, { parts, regions, at: now });
    this.#open += regions;
    this.#around.ask(
      request,
      parts.map(({ disk, offset, length, checksum }) => ({ disk, offset, length, checksum })),
    );
  }

  answered({ request, differing }: ComparedMessage, driver: Attachment, now: Instant): void {
    const question = this.#questions.get(request);
    if (!question) return;
    this.#questions.delete(request);
    this.#open -= question.regions;
    const different = new Set(differing);
    const blocks: Asked[] = [];
    let regions = 0;
    for (const [index, part] of question.parts.entries()) {
      const same = !different.has(index);
      if (same || part.blocks.length <= 1) {
        driver.compared(part.disk, part.offset, part.length, same);
      } else {
        regions++;
        for (const block of part.blocks) blocks.push({ ...block, blocks: [] });
      }
    }
    if (blocks.length > 0) this.#ask(blocks, regions, now);
  }
}

function partOf(region: Region, payload: Payload): ComparedPart {
  const { disk, offset, length } = region;
  return { disk, offset, length, checksum: payload.checksum() };
}

function blocksOf({ disk, offset, length }: Region, payload: Payload): ComparedPart[] {
  const blocks: ComparedPart[] = [];
  for (let at = 0; at < length; at += dirtyBlockSize) {
    const end = Math.min(length, at + dirtyBlockSize);
    const part = payload.slice(at, end);
    blocks.push({ disk, offset: offset + at, length: end - at, checksum: part.checksum() });
  }
  return blocks;
}
