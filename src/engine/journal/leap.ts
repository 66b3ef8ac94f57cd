/**
 * Leaping: a journal takes in what a stretch of virtual time has brought in one go. What ageing would have promoted by
 * its end goes to the replica disks, and the rest becomes segments that are told instead of written.
 */
import { replicaPath } from '../disk/replica-disk.ts';
import type { Ground } from '../world/ground.ts';
import { bytesPayload } from '../world/payloads.ts';
import type { Instant } from '../world/world.ts';
import type { Ageing, AgeingParts } from './ageing.ts';
import type { JournalPosition } from './contract.ts';
import type { CheckpointId } from './frame.ts';
import { lastWhile } from './history.ts';
import type { JournalCore } from './journal-core.ts';
import { ageStretch, GatheredWrites, gatherHeld, nextMarkerTime } from './leap-promotion.ts';
import type { AgedStretch } from './leap-promotion.ts';
import { BEGINNING, comparePlaces } from './place.ts';
import type { Place } from './place.ts';
import type { QuietStretch } from './quiet-stretch.ts';
import { encodeFooter, streamHash } from './segment-codec.ts';
import { SEGMENT_HEADER_BYTES } from './segment.ts';
import type { Segment } from './segment.ts';
import { deferFile, StretchLayout, toldBytes } from './told-segment.ts';
import type { ToldPart, ToldSegment } from './told-segment.ts';

/** What ageing does within a leap. */
interface Promotion {
  readonly writes: GatheredWrites;
  /** Where it ends, if that is in a segment that there is already. */
  readonly held: { readonly place: Place; readonly position: JournalPosition } | undefined;
  /** Where it ends otherwise: in the stretch. */
  readonly aged: AgedStretch | undefined;
}

export class Leaps {
  readonly #parts: AgeingParts;
  readonly #ageing: Ageing;
  readonly #stream: number;
  /** What is in the segments that are told. What an opening of the journal found is read instead. */
  readonly #told = new WeakMap<Segment, ToldPart>();

  constructor(parts: AgeingParts, ageing: Ageing) {
    this.#parts = parts;
    this.#ageing = ageing;
    this.#stream = streamHash(parts.options.stream);
  }

  /** See `Journal.leap`. The journal has to be quiet. */
  leap(stretch: QuietStretch, now: Instant, ground: Ground): void {
    const { core, files } = this.#parts;
    this.#check(stretch);
    const promotion = this.#age(stretch, now, ground);
    const segments = this.#layOut(stretch, promotion?.aged);
    promotion?.writes.each((disk, offset, payload) => {
      ground.write(this.#replica(disk), offset, payload);
    });
    for (const told of segments) {
      deferFile(ground, files.path(told.segment.id), told, this.#stream);
      this.#told.set(told.segment, told.part);
    }
    const end = promotion && endOf(promotion, segments);
    const rested = core.leapt(
      segments.map(({ segment }) => segment),
      end?.place,
    );
    this.#ageing.leapt(end?.position, ground);
    if (rested && core.segments.includes(rested)) this.#seal(rested, ground);
  }

  #check({ epoch, firstSequence }: QuietStretch): void {
    const { position } = this.#parts.core;
    if (epoch === position.epoch && firstSequence === position.sequence + 1) return;
    throw new RangeError(
      `the stretch begins with entry ${firstSequence} of epoch ${epoch}, ` +
        `but the journal ends with entry ${position.sequence} of epoch ${position.epoch}`,
    );
  }

  /** What ageing would have come to by the end of the stretch; undefined where it does nothing. */
  #age(stretch: QuietStretch, now: Instant, ground: Ground): Promotion | undefined {
    const { core, files, world } = this.#parts;
    const cutoff = now - core.history;
    const scout = stretch.cursor();
    const first = nextMarkerTime(scout);
    // A marker of the stretch says of all before it that they are catalogued.
    const reached = ageHeld(core, cutoff, first === undefined ? core.catalogued : Infinity);
    const isOld = first !== undefined && first <= cutoff;
    const isBeyond = reached.all && isOld && nextMarkerTime(scout) !== undefined;
    const to = isBeyond ? core.last : (reached.place ?? BEGINNING);
    if (!isBeyond && comparePlaces(to, core.front) <= 0) return undefined;
    const writes = new GatheredWrites();
    const held = {
      segments: core.segments,
      told: this.#told,
      ground,
      codec: world.codec,
      stream: this.#stream,
      path: (id: number) => files.path(id),
    };
    const isAhead = comparePlaces(to, core.applied) > 0;
    const position = isAhead ? gatherHeld(held, core.applied, to, writes) : core.position;
    if (position === undefined) return undefined;
    if (!isBeyond) return { writes, held: { place: to, position }, aged: undefined };
    const newest = core.segments.at(-1)?.newestCheckpoint ?? -1;
    return { writes, held: undefined, aged: ageStretch(stretch, cutoff, newest, writes.told) };
  }

  /** What is left of the stretch, as segments: from the checkpoint on that its own ageing came to. */
  #layOut(stretch: QuietStretch, aged: AgedStretch | undefined): readonly ToldSegment[] {
    const { core } = this.#parts;
    const { epoch } = stretch;
    const before = core.segments.at(-1)?.newestCheckpoint ?? -1;
    const bytes = toldBytes(core.hardLimit);
    const settings = { stream: this.#stream, epoch, span: core.segmentSpan, bytes };
    const layout = new StretchLayout(settings, {
      id: core.nextId,
      after: { epoch, sequence: aged?.sequence ?? core.position.sequence },
      sync: undefined,
      newestCheckpoint: aged?.newestCheckpoint ?? before,
    });
    const cursor = aged?.cursor ?? stretch.cursor();
    if (aged !== undefined) layout.take(cursor);
    while (cursor.next()) layout.take(cursor);
    return layout.finish();
  }

  #replica(disk: number): string {
    const { disks, replicaFolder } = this.#parts.options;
    const known = disks[disk];
    if (known === undefined) throw new RangeError(`the stretch writes to disk ${disk}`);
    return known.path ?? replicaPath(replicaFolder, known.name);
  }

  /** What was written until now is all that is in the segment's file. */
  #seal(segment: Segment, ground: Ground): void {
    const footer = encodeFooter(segment);
    ground.write(this.#parts.files.path(segment.id), segment.end, bytesPayload(footer));
    segment.fileBytes = segment.end + footer.length;
    segment.index = undefined;
  }
}

/**
 * The newest checkpoint that is old enough, as `ageTarget` has it when it has been asked again and again; and whether
 * it is only the last one that is held.
 */
function ageHeld<Token>(
  core: JournalCore<Token>,
  cutoff: Instant,
  catalogued: CheckpointId,
): { readonly place: Place | undefined; readonly all: boolean } {
  let all = true;
  // From the very beginning on the first checkpoint counts, whatever its age.
  let counts = core.front.segment === BEGINNING.segment;
  const place = lastWhile(core.segments, core.front, ({ checkpoint, time }) => {
    all = checkpoint <= catalogued && (counts || time <= cutoff);
    counts = false;
    return all;
  });
  return { place, all };
}

/** Where a promotion ends; in a stretch, with the first entry of what is left of it. */
function endOf(
  { held, aged }: Promotion,
  segments: readonly ToldSegment[],
): { readonly place: Place; readonly position: JournalPosition } | undefined {
  const first = segments[0]?.segment;
  if (aged === undefined || first === undefined) return held;
  const { id, position } = first;
  const frame = SEGMENT_HEADER_BYTES;
  const marker = first.markers.place(0);
  const place = { segment: id, frame, frameEnd: marker.frameEnd, entry: 0 };
  return { place, position: { epoch: position.epoch, sequence: aged.sequence + 1 } };
}
