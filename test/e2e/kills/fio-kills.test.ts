/**
 * `tidemark run` is killed again and again, at moments that chance chooses, while fio writes to two VMs over NBD and
 * VRAs, ZVMs and the link fail inside of it. `TIDEMARK_KILLS=200` kills it so often.
 */
import assert from 'node:assert/strict';
import { createRandom } from '../../../src/engine/world/random.ts';
import type { Random } from '../../../src/engine/world/world.ts';
import { needs } from '../../programs.ts';
import { bundleCommandLine } from '../engine-process.ts';
import { components, delay, KilledLab, UnreadableError, type Checkpoint } from './killed-lab.ts';

const kills = Number(process.env['TIDEMARK_KILLS'] ?? '3');
const seed = Number(process.env['TIDEMARK_CRASH_SEED'] ?? '1');
/** Milliseconds, at most, from the moment that it is counted from until it is killed. */
const longestLife = 4000;
/** Milliseconds that a life may take to make a checkpoint on a machine that is busy. */
const patience = 120_000;
/** Checkpoints that are looked at in a life, besides the oldest and the newest one. */
const sampled = 1;
/** Milliseconds between two harms on the average, and that one lasts at most. */
const meanTimeToHarm = 2500;
const longestHarm = 1500;

interface Tally {
  kills: number;
  harms: number;
  verified: number;
}

/** What happens in a life until it is over. */
class Life {
  readonly #lab: KilledLab;
  readonly #random: Random;
  readonly #tally: Tally;
  #isOver = false;
  /** Harms that have begun. */
  #harms = 0;
  #isHarmed = false;
  /** Nothing more fails for the time being. */
  #isSpared = false;
  #looked: () => void = () => undefined;
  /** Settles when the oldest checkpoint, the newest one and some between have been looked at. */
  readonly #firstLook = new Promise<void>((resolve) => {
    this.#looked = resolve;
  });

  constructor(lab: KilledLab, random: Random, tally: Tally) {
    this.#lab = lab;
    this.#random = random;
    this.#tally = tally;
  }

  async live(kill: number): Promise<void> {
    const lab = this.#lab;
    const since = this.#random.integer(5);
    const rate = [50, 200, 800][this.#random.integer(3)] ?? 50;
    const after = this.#random.integer(longestLife);
    if (kill > 1 && since === 0) {
      await lab.killWhileItStarts(after / 4);
      return;
    }
    await lab.start();
    await lab.repair();
    await lab.verifyProtected();
    const begun = Date.now();
    lab.startLoad({ rate, seed: seed * 100_000 + kill });
    const work = [this.#look(), this.#harm()].map((each) =>
      each.catch((error: unknown) => {
        // What was under way when the engine was killed fails, and so it has to.
        if (this.#isOn()) throw error;
      }),
    );
    const death = (async () => {
      if (kill === 1 || since > 2) {
        await this.#checkpointAfter(begun);
        await this.#firstLook;
      }
      await delay(after);
      lab.checkLoad();
      this.#isOver = true;
      await lab.kill();
    })();
    await Promise.all([death, ...work]);
  }

  #isOn(): boolean {
    return !this.#isOver;
  }

  /** Waits for a checkpoint of this life; harm may be in its way. */
  async #checkpointAfter(time: number): Promise<void> {
    const end = performance.now() + patience;
    while (((await this.#lab.vpg()).checkpoints.newest ?? 0) <= time) {
      assert(performance.now() < end, `no checkpoint within ${patience / 1000} s`);
      await delay(100);
    }
  }

  async #look(): Promise<void> {
    const lab = this.#lab;
    for (let round = 0; this.#isOn(); round++) {
      const all = await lab.offered();
      const chosen = [all.at(-1)];
      if (round === 0) {
        chosen.push(all[0]);
        for (let index = 0; index < sampled; index++) {
          chosen.push(all[this.#random.integer(Math.max(1, all.length))]);
        }
      }
      for (const checkpoint of chosen) {
        if (checkpoint && this.#isOn()) await this.#lookAt(checkpoint);
      }
      if (all.length > 0) this.#looked();
      await delay(500);
    }
  }

  /** An image goes with its VRA: then it is looked at again. */
  async #lookAt(checkpoint: Checkpoint): Promise<void> {
    for (;;) {
      const [harms, wasHarmed] = [this.#harms, this.#isHarmed];
      try {
        await this.#lab.verifyCheckpoint(checkpoint);
        this.#tally.verified += 1;
        this.#isSpared = false;
        return;
      } catch (error) {
        const harmed = wasHarmed || this.#harms > harms;
        if (!(error instanceof UnreadableError) || !harmed) throw error;
        this.#isSpared = true;
      }
    }
  }

  async #harm(): Promise<void> {
    const lab = this.#lab;
    for (;;) {
      await delay(this.#random.integer(2 * meanTimeToHarm));
      if (!this.#isOn()) return;
      if (this.#isSpared) continue;
      const component = components[this.#random.integer(components.length + 1)];
      this.#harms += 1;
      this.#isHarmed = true;
      if (component) await lab.power(component, 'crash');
      else await lab.cutLink(true);
      this.#tally.harms += 1;
      await delay(this.#random.integer(longestHarm));
      if (component) await lab.power(component, 'powerOn');
      else await lab.cutLink(false);
      this.#isHarmed = false;
    }
  }
}

describe('tidemark run, killed while fio writes', function () {
  this.timeout(2 * patience + kills * 60_000);

  before(async function () {
    needs(this, 'fio', 'nbdcopy');
    await bundleCommandLine();
  });

  it(`offers no checkpoint that is not exact and loses nothing acknowledged (${kills} kills)`, async () => {
    const lab = new KilledLab();
    const random = createRandom(seed);
    const tally: Tally = { kills: 0, harms: 0, verified: 0 };
    const progress = (): string =>
      `${tally.kills} kills, ${tally.harms} harms inside, ` +
      `${lab.history.acknowledged} writes acknowledged, ${tally.verified} checkpoints verified`;
    try {
      for (let kill = 1; kill <= kills; kill++) {
        await new Life(lab, random, tally).live(kill);
        tally.kills += 1;
        if (kills > 20 && kill % 10 === 0) console.log(`      ${progress()}`);
      }
      await lab.start();
      await lab.repair();
      const contents = await lab.verifyProtected();
      assert(lab.history.acknowledged > 0, 'there was a load');
      const from = Date.now();
      const end = performance.now() + patience;
      while (((await lab.vpg()).checkpoints.newest ?? 0) <= from) {
        assert(performance.now() < end, `no checkpoint after ${kills} kills`);
        await delay(100);
      }
      const all = await lab.offered();
      let last: readonly Buffer[] = [];
      for (const checkpoint of kills > 20 ? all : all.slice(-5)) {
        last = await lab.verifyCheckpoint(checkpoint);
        tally.verified += 1;
      }
      // Nobody has written since: the newest one is the protected disks, whichever of two writes side by side came last.
      for (const [disk, content] of contents.entries()) {
        assert(last[disk]?.equals(content), 'the newest checkpoint is not the protected disks');
      }
      if (kills > 20) console.log(`      ${progress()}, ${all.length} of them at the end`);
    } catch (error) {
      console.log(`      ${progress()}; seed ${seed}`);
      if (process.env['TIDEMARK_KEEP'] === undefined) throw error;
      console.log(`      kept ${lab.state}`);
      await lab.stopLoad();
      throw error;
    } finally {
      if (process.env['TIDEMARK_KEEP'] === undefined) await lab.remove();
    }
  });
});
