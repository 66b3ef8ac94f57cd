import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { EngineLock, lastHolder, LockedError } from '../../../src/engine/process/engine-lock.ts';
import {
  lifeOf,
  processView,
  type Life,
  type ProcessIdentity,
  type ProcessView,
} from '../../../src/engine/process/process-identity.ts';

const since = '2026-01-02T03:04:05.000Z';

/** Processes that live and die as a test says. */
class Village {
  readonly #alive = new Set<number>();
  #next = 1;

  lifeOf(other: ProcessIdentity): Life {
    return this.#alive.has(other.pid) ? 'alive' : 'gone';
  }

  born(): ProcessView & { readonly pid: number } {
    const pid = this.#next++;
    this.#alive.add(pid);
    const lifeOf = (other: ProcessIdentity): Life =>
      this.#alive.has(other.pid) ? 'alive' : 'gone';
    return { pid, self: { pid, machine: 'm' }, lifeOf };
  }

  dies(pid: number): void {
    this.#alive.delete(pid);
  }
}

const acquire = (folder: string, view: ProcessView, answers = false): Promise<EngineLock> =>
  EngineLock.acquire(folder, { view, since, answers: () => Promise.resolve(answers) });

describe('the lock of a state folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-lock-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is refused to a second engine, with the holder and since when', async () => {
    const village = new Village();
    const first = village.born();
    await acquire(folder, first);
    await assert.rejects(acquire(folder, village.born()), (error) => {
      assert.ok(error instanceof LockedError);
      assert.equal(error.message, `${folder} is in use by an engine: process 1 since ${since}.`);
      return error.holder.pid === 1;
    });
  });

  it('is free when it was given back, and when its holder has died', async () => {
    const village = new Village();
    const first = village.born();
    const lock = await acquire(folder, first);
    await lock.release();
    assert.equal(await lastHolder(folder), undefined);
    const second = village.born();
    await acquire(folder, second);
    village.dies(second.pid);
    const third = village.born();
    await acquire(folder, third);
    assert.equal((await lastHolder(folder))?.pid, third.pid);
    assert.deepEqual(readdirSync(folder), ['lock.3'], 'nothing else is left');
  });

  it('is taken over from what a crash of the machine has left of it', async () => {
    writeFileSync(join(folder, 'lock.7'), '{"holder":{"pi');
    await acquire(folder, new Village().born());
    assert.deepEqual(readdirSync(folder), ['lock.8']);
  });

  it('is kept where nobody can tell, and says what to remove', async () => {
    const holder = new Village().born();
    await acquire(folder, holder);
    const seen = (life: Life): ProcessView => ({
      self: { pid: 2, machine: 'm' },
      lifeOf: () => life,
    });
    await assert.rejects(
      acquire(folder, seen('uncertain')),
      /as far as can be told.*remove .*lock\.1/,
    );
    await assert.rejects(
      acquire(folder, seen('other-machine')),
      /on another machine \(m\).*remove .*lock\.1/,
    );
    await assert.rejects(acquire(folder, seen('other-namespace'), true), /in another container/);
    await acquire(folder, seen('other-namespace'), false);
  });

  it('goes to one of two who found it free, also when the other has come and gone meanwhile', async () => {
    writeFileSync(
      join(folder, 'lock.5'),
      JSON.stringify({ holder: { pid: 9, machine: 'm' }, since }),
    );
    const village = new Village();
    const late = village.born();
    const comeAndGo = async (): Promise<boolean> => {
      const lock = await acquire(folder, village.born());
      await lock.release();
      await acquire(folder, village.born());
      return false;
    };
    let isFirstLook = true;
    const slow = EngineLock.acquire(folder, {
      since,
      view: {
        self: late.self,
        lifeOf: (other) => {
          if (!isFirstLook) return village.lifeOf(other);
          isFirstLook = false;
          return 'other-namespace';
        },
      },
      answers: comeAndGo,
    });
    await assert.rejects(slow, LockedError);
    assert.deepEqual(readdirSync(folder), ['lock.7']);
  });

  it('has never two holders, however many come and die at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('keeps', 'dies', 'gives back'), { minLength: 2, maxLength: 8 }),
        async (scheduler, ends) => {
          const own = mkdtempSync(join(tmpdir(), 'tidemark-race-'));
          const village = new Village();
          const holders = new Set<number>();
          let most = 0;
          // Each comes when the scheduler says, while others are half way through.
          const lives = ends.map(async (end, index) => {
            await scheduler.schedule(Promise.resolve(), `comes ${index}`);
            const view = village.born();
            let lock: EngineLock;
            try {
              lock = await acquire(own, view);
            } catch (error) {
              assert.ok(error instanceof LockedError, String(error));
              return;
            }
            holders.add(view.pid);
            most = Math.max(most, holders.size);
            await scheduler.schedule(Promise.resolve(), `ends ${index}`);
            if (end === 'keeps') return;
            holders.delete(view.pid);
            if (end === 'dies') village.dies(view.pid);
            else await lock.release();
          });
          await scheduler.waitFor(Promise.all(lives));
          assert.ok(most <= 1, `${most} holders`);
          rmSync(own, { recursive: true });
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('a process', () => {
  const self: ProcessIdentity = {
    pid: 10,
    machine: 'm',
    boot: 'b1',
    started: '100',
    namespace: 'n',
  };
  const table = (started: string | undefined) => ({
    exists: () => started !== undefined,
    startOf: () => (started === '' ? undefined : started),
  });
  const life = (other: Partial<ProcessIdentity>, started?: string): Life =>
    lifeOf({ ...self, pid: 11, ...other }, self, table(started));

  it('lives when its number is taken and was given out when it began', () => {
    assert.equal(life({}, '100'), 'alive');
    assert.equal(life({}), 'gone');
    assert.equal(life({}, '101'), 'gone', 'the number was given out again');
    assert.equal(life({}, ''), 'uncertain');
  });

  it('did not outlive its machine, whatever its number', () => {
    assert.equal(life({ boot: 'b0' }, '100'), 'gone');
    assert.equal(life({ boot: 'b0', machine: 'other' }, '100'), 'other-machine');
  });

  it('of another container of this machine is not judged by its number', () => {
    assert.equal(life({ machine: 'container', namespace: 'n2' }, '100'), 'other-namespace');
  });

  it('that is this one lives, and one that was killed does not, reaped or not', async () => {
    const view = processView();
    assert.notEqual(view.lifeOf(view.self), 'gone');
    assert.equal(view.lifeOf({ ...view.self, started: '1' }), 'gone');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const identity = identityOf(child, view.self);
    assert.notEqual(view.lifeOf(identity), 'gone');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(view.lifeOf(identity), 'gone');
  });
});

function identityOf(child: ChildProcess, self: ProcessIdentity): ProcessIdentity {
  const pid = child.pid ?? 0;
  if (process.platform !== 'linux') return { ...self, pid, started: undefined };
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return { ...self, pid, started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] };
}
