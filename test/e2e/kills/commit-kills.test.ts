/**
 * `tidemark run` is killed while a commit merges what the recovered VM wrote, at a moment that chance chooses, and
 * sometimes again while it makes up for that. `TIDEMARK_KILLS=50` does so to so many commits.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../../src/engine/world/random.ts';
import type { Random } from '../../../src/engine/world/world.ts';
import { needs, run } from '../../programs.ts';
import {
  bundleCommandLine,
  commandLine,
  diskSize,
  LabFolder,
  patience,
  until,
} from '../engine-process.ts';
import { inSync, vpgOf } from '../lab-status.ts';
import { delay } from './killed-lab.ts';

const commits = Number(process.env['TIDEMARK_KILLS'] ?? '2');
const seed = Number(process.env['TIDEMARK_CRASH_SEED'] ?? '1');
/** Milliseconds from the request to the kill, at most: on a quiet machine a commit takes about one second of them. */
const longestCommit = 1500;
/** Milliseconds from the start of an engine, which goes on with the commit, to the next kill, at most. */
const longestLife = 3000;

const vpg = 'file-server';
const piece = 64 * 1024;

/** The same bytes for the same name; no two pieces of a disk are alike. */
function content(name: string, length: number): Buffer {
  const pieces = Array.from({ length: length / piece }, (_, index) => {
    const bytes = createHash('sha256').update(`${name} ${index}`).digest();
    return Buffer.alloc(piece, bytes);
  });
  return Buffer.concat(pieces);
}

class Commit {
  readonly #lab = new LabFolder();
  readonly #random: Random;
  #files = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Answers how often the engine was killed, and whether the commit had to be asked for again. */
  async run(name: string): Promise<{ readonly kills: number; readonly askedAgain: boolean }> {
    const lab = this.#lab;
    const first = await lab.start();
    await inSync(lab);
    const disk = first.ready.disks['FS01/data'] ?? '';
    const expected = content(name, diskSize);
    await this.#write(expected, disk);
    lab.json('checkpoint', vpg, '--tag', 'before');
    await this.#write(content(`${name}, later`, diskSize), disk);
    const { images } = lab.json(
      ...['failover', vpg, '--checkpoint', 'before', '--shutdown', 'force'],
      ...['--commit-policy', 'none'],
    ) as { readonly images: Readonly<Record<string, string>> };
    await this.#writeHere(images['FS01/data'] ?? '', expected, name);

    const [program, words] = commandLine('commit', vpg, '--reverse-protection', 'false');
    const asking = spawn(program, words, { cwd: lab.path, stdio: 'ignore' });
    const asked = new Promise((over) => asking.once('close', over));
    await delay(this.#random.integer(longestCommit));
    await first.kill('SIGKILL');
    await asked;
    let kills = 1;
    for (; this.#random.integer(2) === 0; kills++) {
      const next = lab.launch();
      await delay(this.#random.integer(longestLife));
      assert.equal(next.exit, undefined, `the engine has ended by itself: ${next.told}`);
      await next.kill('SIGKILL');
    }

    const last = await lab.start();
    const askedAgain = await this.#recovered();
    assert.ok(
      (await this.#read(last.ready.disks['FS01/data'] ?? '')).equals(expected),
      `the disk is not the checkpoint with what the recovered VM wrote (${kills} kills)`,
    );
    return { kills, askedAgain };
  }

  remove(): Promise<void> {
    return this.#lab.remove();
  }

  async #write(bytes: Buffer, uri: string): Promise<void> {
    const file = join(this.#lab.path, `content-${this.#files++}`);
    writeFileSync(file, bytes);
    await run('nbdcopy', '--flush', file, uri);
  }

  /** Writes to pieces of the recovered disk, and to what it has to hold in the end. */
  async #writeHere(uri: string, expected: Buffer, name: string): Promise<void> {
    const commands: string[] = [];
    for (let index = 0; index < 60; index++) {
      const at = this.#random.integer(diskSize / piece) * piece;
      const byte = 1 + this.#random.integer(255);
      expected.fill(byte, at, at + piece);
      commands.push('-c', `write -P ${byte} ${at} ${piece}`);
    }
    await run('qemu-io', '-f', 'raw', ...commands, '-c', 'flush', uri);
    assert.ok((await this.#read(uri)).equals(expected), `the image of ${name}, before the commit`);
  }

  async #read(uri: string): Promise<Buffer> {
    const file = join(this.#lab.path, `read-${this.#files++}`);
    await run('nbdcopy', uri, file);
    return readFileSync(file);
  }

  /** The commit goes on by itself, unless the kill came before anybody had heard of it. */
  async #recovered(): Promise<boolean> {
    const lab = this.#lab;
    let askedAgain = false;
    await until(() => {
      const { status, subStatus } = vpgOf(lab);
      if (subStatus === 'FailingOverBeforeCommit') {
        const { printed, told } = lab.run('commit', vpg, '--reverse-protection', 'false');
        askedAgain ||= printed.includes(': done');
        assert.match(`${printed}${told}`, /: done|refused|tried again/);
      }
      return status === 'Recovered';
    }, 'the end of the commit');
    return askedAgain;
  }
}

describe('tidemark run, killed in the middle of a commit', function () {
  this.timeout(3 * patience + commits * 60_000);

  before(async function () {
    needs(this, 'nbdcopy', 'qemu-io');
    await bundleCommandLine();
  });

  it(`ends it with the checkpoint and all that the recovered VM wrote (${commits} commits)`, async () => {
    const random = createRandom(seed);
    let [kills, again] = [0, 0];
    for (let index = 1; index <= commits; index++) {
      const commit = new Commit(random);
      try {
        const ended = await commit.run(`commit ${index} of ${seed}`);
        kills += ended.kills;
        if (ended.askedAgain) again += 1;
      } catch (error) {
        console.log(`      commit ${index} of ${commits}, seed ${seed}`);
        throw error;
      } finally {
        await commit.remove();
      }
      if (commits > 5 && index % 5 === 0) {
        console.log(`      ${index} commits, ${kills} kills, ${again} had to be asked for again`);
      }
    }
  });
});
