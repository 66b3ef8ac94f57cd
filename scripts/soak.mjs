// @ts-check
/**
 * The engine on a real disk under steady load for half an hour, with a history of five minutes: what it
 * holds on disk, in memory and open has to stay level once the history is full.
 *
 *   npm run soak -- [--minutes 30] [--rate 4m]
 *
 * `--rate` is fio's: bytes a second that are written. It ends with 1 where something grew.
 */
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '4m' },
  },
});
const minutes = Number(values.minutes);
const historyMinutes = 5;
/** Share that a figure may be above what it was when the history had just become full. */
const tolerance = 0.15;
const cli = resolve('dist/cli.js');

const topology = `
version: 1
name: Soak
sites:
  Here:
    platform: kvm
    networks: { wan: { cidr: 192.168.100.0/24 } }
    zvm:
      license: true
      nics: { wan: { network: wan, address: 192.168.100.10/24, gateway: 192.168.100.1 } }
    datastores: { ds-here: { capacity: 2TiB, free: 2TiB } }
    hosts:
      kvm-1: { vra: { memory: 1GiB, datastore: ds-here, network: wan, address: 192.168.100.21/24, gateway: 192.168.100.1 } }
    vms:
      VM: { host: kvm-1, disks: { disk: { size: 512MiB, datastore: ds-here } } }
  There:
    platform: kvm
    networks: { wan: { cidr: 192.168.200.0/24 } }
    zvm:
      license: true
      nics: { wan: { network: wan, address: 192.168.200.10/24, gateway: 192.168.200.1 } }
    datastores: { ds-there: { capacity: 2TiB, free: 2TiB } }
    hosts:
      kvm-2: { vra: { memory: 1GiB, datastore: ds-there, network: wan, address: 192.168.200.21/24, gateway: 192.168.200.1 } }
links:
  wan: { joins: [Here/wan, There/wan], bandwidth: 10Gbit/s, latency: 1ms }
pairings: [[Here, There]]
vpgs:
  vpg:
    from: Here
    to: There
    vms: { VM: { recoveryHost: kvm-2, datastore: ds-there } }
    # tidemark-disable-next-line journal/history-range -- no product offers it, but it is full soon
    journal: { history: ${historyMinutes}m, hardLimit: 100GiB, datastore: ds-there }
`;

/** @typedef {{ minute: number, disk: number, memory: number, handles: number, checkpoints: number }} Sample */

/** @param {string[]} words */
const tidemark = (...words) =>
  JSON.parse(
    execFileSync(process.execPath, [cli, ...words, '--format', 'json'], { encoding: 'utf8' }),
  );

const folder = mkdtempSync(join(tmpdir(), 'tidemark-soak-'));
const state = join(folder, 'state');
const file = join(folder, 'soak.dr.yaml');
writeFileSync(file, topology);
const engine = spawn(process.execPath, [cli, 'run', file, '--state', state], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(engine, 'exit');

/** @param {number} started @returns {Sample} */
function sample(started) {
  const proc = `/proc/${engine.pid ?? 0}`;
  const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`${proc}/status`, 'utf8'))?.[1];
  const { vpgs } = tidemark('status', '--state', state);
  const blocks = execFileSync('du', ['-s', '--block-size=1', state], { encoding: 'utf8' });
  return {
    minute: (performance.now() - started) / 60_000,
    disk: Number.parseInt(blocks, 10) / 2 ** 20,
    memory: Number(resident) / 1024,
    handles: readdirSync(`${proc}/fd`).length,
    checkpoints: vpgs[0].checkpoints.count,
  };
}

/** @param {Sample} each */
function print({ minute, disk, memory, handles, checkpoints }) {
  const cells = [minute, disk, memory, handles, checkpoints];
  console.log(cells.map((cell) => cell.toFixed(cell === minute ? 1 : 0).padStart(12)).join(''));
}

/** @param {Sample[]} samples @param {'disk' | 'memory' | 'handles' | 'checkpoints'} what */
function most(samples, what) {
  return Math.max(...samples.map((each) => each[what]));
}

let grew = false;
try {
  const [line] = await once(createInterface(engine.stdout), 'line');
  const uri = JSON.parse(line).disks['VM/disk'];
  const fio = spawn(
    'fio',
    [
      '--name=soak',
      '--ioengine=nbd',
      `--uri=${uri}`,
      '--size=512m',
      '--rw=randwrite',
      '--bsrange=4k-64k',
      '--iodepth=4',
      `--rate=${values.rate}`,
      '--buffer_compress_percentage=50',
      '--refill_buffers',
      '--time_based',
      `--runtime=${minutes * 60}`,
      '--output=/dev/null',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const written = once(fio, 'exit');
  const started = performance.now();
  /** @type {Sample[]} */
  const samples = [];
  console.log(['minute', 'disk, MiB', 'memory, MiB', 'handles', 'checkpoints'].map((head) => head.padStart(12)).join('')); // prettier-ignore
  for (let over = false; !over;) {
    over = (await Promise.race([written, sleep(30_000)])) !== undefined;
    const taken = sample(started);
    samples.push(taken);
    print(taken);
  }
  const full = samples.filter(({ minute }) => minute > historyMinutes + 1);
  if (full.length < 6) throw new Error('Too short: the history has to be full for some minutes.');
  const middle = full.slice(0, Math.max(1, Math.floor(full.length / 3)));
  const last = full.slice(-middle.length);
  for (const what of /** @type {const} */ (['disk', 'memory', 'handles', 'checkpoints'])) {
    const before = most(middle, what);
    const after = most(last, what);
    const level = after <= before * (1 + tolerance);
    grew ||= !level;
    console.log(`${what}: at most ${before.toFixed(0)}, at the end ${after.toFixed(0)}: ${level ? 'level' : 'GREW'}`); // prettier-ignore
  }
} finally {
  engine.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = grew ? 1 : 0;
