/**
 * An engine under load is killed again and again, at moments that chance chooses, and found whole each time.
 * `TIDEMARK_KILLS=200` kills it so often.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../../../../src/engine/world/random.ts';
import type { Random } from '../../../../src/engine/world/world.ts';
import { Ground } from '../real-labs.ts';

const kills = Number(process.env['TIDEMARK_KILLS'] ?? '3');
const seed = Number(process.env['TIDEMARK_CRASH_SEED'] ?? '1');
const victim = fileURLToPath(new URL('victim.ts', import.meta.url));
/** Milliseconds, at most, from the moment that it is counted from until it is killed. */
const longestLife = 4000;
/** Milliseconds that it may take to look at everything. */
const patience = 120_000;

interface Life {
  readonly said: readonly { readonly kind: string; readonly [key: string]: unknown }[];
  readonly status: number | null;
  readonly errors: string;
}

interface Death {
  /** Milliseconds. */
  readonly after: number;
  /** The first word that they are counted from: when it is up, when it has made a checkpoint. */
  readonly since: 'start' | 'up' | 'checkpointed';
}

/** The first life makes a checkpoint; of the others one in five is cut off while it starts. */
function deathOf(kill: number, random: Random): Death {
  const chance = random.integer(5);
  const since = kill === 1 || chance > 2 ? 'checkpointed' : chance > 0 ? 'up' : 'start';
  return { since, after: random.integer(longestLife) };
}

/** Lets the engine live until it ends or is killed. */
function live(folder: string, death?: Death): Promise<Life> {
  return new Promise((resolve, reject) => {
    const last = death === undefined ? ['--last'] : [];
    const child = spawn(process.execPath, [victim, folder, ...last], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let errors = '';
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    const early = death?.since === 'start';
    let timer = setTimeout(kill, early ? death.after : patience);
    let counting = early || death === undefined;
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      if (counting || !out.includes(`"kind":"${death?.since ?? ''}"`)) return;
      counting = true;
      clearTimeout(timer);
      timer = setTimeout(kill, death?.after);
    });
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      const lines = out.split('\n').slice(0, -1);
      resolve({
        said: lines.map((line) => JSON.parse(line) as Life['said'][number]),
        status,
        errors,
      });
    });
  });
}

describe('an engine that is killed', function () {
  this.timeout(60_000 + patience + kills * 30_000);

  it(`offers no checkpoint that is not exact and loses nothing acknowledged (${kills} kills)`, async () => {
    const ground = new Ground();
    const random = createRandom(seed);
    let verified = 0;
    let begun = 0;
    try {
      for (let kill = 1; kill <= kills; kill++) {
        const life = await live(ground.folder, deathOf(kill, random));
        const wrong = life.said.find(({ kind }) => kind === 'failed');
        assert.equal(wrong, undefined, `kill ${kill}: ${JSON.stringify(wrong)}`);
        assert.equal(life.status, null, `life ${kill} ended by itself: ${life.errors}`);
        for (const { kind, checkpoints } of life.said) {
          if (kind === 'up') begun += 1;
          if (kind === 'verified') verified += Number(checkpoints);
        }
        if (kills > 20 && kill % 10 === 0) {
          console.log(`      ${kill} kills, ${begun} came up, ${verified} checkpoints verified`);
        }
      }
      const { said, status, errors } = await live(ground.folder);
      assert.equal(status, 0, `${JSON.stringify(said.at(-1))} ${errors}`);
      const end = said.find(({ kind }) => kind === 'verified');
      assert(end && Number(end['checkpoints']) > 1, 'there was something to verify');
      assert(Number(end['batches']) > 0, 'there was a load');
      if (kills > 20) {
        console.log(
          `      ${verified} checkpoints verified on the way, at the end ${JSON.stringify(end)}`,
        );
      }
    } finally {
      if (process.env['TIDEMARK_KEEP']) console.log(`      kept ${ground.folder}`);
      else ground.remove();
    }
  });
});
