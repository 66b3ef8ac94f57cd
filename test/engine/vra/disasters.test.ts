/**
 * Random disasters: writes, cuts and restarts of either VRA, with buffers that overflow. Whatever
 * happens, a checkpoint that was reported durable is the disk as it was at the marker (laws 3 and 4),
 * and once all is whole again the two sides agree.
 */
import fc from 'fast-check';
import { assertSame, Bed, memoryForPool, mib, stream } from './bed.ts';

type Step =
  | { readonly kind: 'write'; readonly offset: number; readonly length: number }
  | { readonly kind: 'zero'; readonly offset: number; readonly length: number }
  | { readonly kind: 'burst'; readonly count: number; readonly offset: number }
  | { readonly kind: 'mark' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'heal' }
  | { readonly kind: 'slow'; readonly bandwidth: number }
  | { readonly kind: 'restart-left'; readonly silent: boolean; readonly after: number }
  | { readonly kind: 'restart-right'; readonly silent: boolean; readonly after: number }
  | { readonly kind: 'crash-host' }
  | { readonly kind: 'force-sync' }
  | { readonly kind: 'pass'; readonly milliseconds: number };

const diskSize = mib;
const unit = 512;

const offset = fc.integer({ min: 0, max: diskSize / unit - 1 }).map((at) => at * unit);
const length = fc.oneof(
  fc.integer({ min: 1, max: 16 }).map((units) => units * unit),
  fc.integer({ min: 100, max: 400 }).map((units) => units * unit),
);
const down = { silent: fc.boolean(), after: fc.integer({ min: 0, max: 9000 }) };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), offset, length }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('zero' as const), offset, length }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('burst' as const),
      count: fc.integer({ min: 5, max: 80 }),
      offset,
    }),
  },
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'mark' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'cut' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'heal' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('slow' as const),
      bandwidth: fc.integer({ min: 20_000, max: 400_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart-left' as const), ...down }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart-right' as const), ...down }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'crash-host' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'force-sync' }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      milliseconds: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 40, max: 8000 })),
    }),
  },
);

class Disaster {
  readonly bed: Bed;
  /** The disk at each marker, by checkpoint. */
  readonly contents = new Map<number, Uint8Array>();
  #checkpoint = 0;
  #hostCrashed = false;

  constructor(seed: number, pool: number) {
    const leftMemory = memoryForPool(pool);
    this.bed = new Bed({ seed, diskSize, leftMemory, rightMemory: memoryForPool(pool) });
  }

  take(each: Step): void {
    const { bed } = this;
    switch (each.kind) {
      case 'write':
        bed.write(each.offset, Math.min(each.length, diskSize - each.offset));
        break;
      case 'zero':
        bed.machine.zero(0, each.offset, Math.min(each.length, diskSize - each.offset), () => {});
        break;
      case 'burst':
        for (let index = 0; index < each.count; index++) {
          bed.write((each.offset + index * 37 * unit) % (diskSize - 8192), 8192);
        }
        break;
      case 'mark':
        this.mark();
        break;
      case 'cut':
        bed.universe.cut(bed.link);
        break;
      case 'heal':
        bed.universe.heal(bed.link);
        break;
      case 'slow':
        bed.universe.degrade(bed.link, { bandwidth: each.bandwidth });
        break;
      case 'restart-left':
        bed.killLeft(each.silent);
        bed.run(each.after);
        bed.startLeft(bed.leftProcess.restart());
        break;
      case 'restart-right':
        bed.killRight(each.silent);
        bed.run(each.after);
        bed.startRight(bed.rightProcess.restart());
        break;
      case 'crash-host':
        this.#hostCrashed = true;
        bed.crashHost();
        break;
      case 'force-sync':
        bed.leftZvm.say({ kind: 'force-sync', streams: [stream] });
        break;
      case 'pass':
        bed.run(each.milliseconds);
        break;
    }
  }

  mark(): number {
    const { bed } = this;
    const checkpoint = ++this.#checkpoint;
    bed.onHold = () => this.contents.set(checkpoint, bed.shadow.slice());
    bed.mark(checkpoint);
    // Long enough for the command to cross the site's own network, far too short for the journal.
    bed.run(3);
    bed.release(checkpoint);
    return checkpoint;
  }

  check(): void {
    const { bed } = this;
    bed.universe.heal(bed.link);
    // The guest's last writes are done before the last marker.
    bed.run(2000);
    // A marker may be refused, or be lost with an overflow, for as long as things are not whole again.
    let last = this.mark();
    bed.until(
      () => {
        if (bed.durable.has(last)) return true;
        bed.run(2000);
        if (!bed.durable.has(last)) last = this.mark();
        return false;
      },
      'a checkpoint becomes durable again',
      60_000,
    );
    for (const checkpoint of bed.durable) {
      const content = this.contents.get(checkpoint);
      if (!content) continue;
      const image = bed.imageAt(checkpoint);
      // The full sync after a crash of the host may cost older checkpoints, but never falsify one.
      if (this.#hostCrashed && checkpoint !== last && typeof image === 'string') continue;
      assertSame(image, content, `image at ${checkpoint}`);
    }
    assertSame(bed.imageAt(last), bed.shadow, 'the last image and the protected disk');
  }
}

describe('two VRAs through random disasters', () => {
  it('keep every durable checkpoint and agree in the end', function () {
    this.timeout(600_000);
    const runs = Number(globalThis.process.env['TIDEMARK_RUNS'] ?? 25);
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.constantFrom(200 * 1024, 600 * 1024, 16 * mib),
        (steps, seed, pool) => {
          const disaster = new Disaster(seed, pool);
          for (const each of steps) disaster.take(each);
          disaster.check();
        },
      ),
      { numRuns: runs },
    );
  });
});
