/** Both servers with the same text, taking turns: whatever the machine is busy with meets both of them. */
import type { Position, Range } from 'vscode-languageserver/node';
import { measuresOf, percentile, type Measures } from '../measures.ts';
import { tell } from '../report.ts';
import { BenchError } from '../suite.ts';
import type { Server } from './servers.ts';
import { hasErrorOn, Session } from './session.ts';

const uri = 'file:///bench/generated.dr.yaml';
/** Lets what a server does after its answer (collecting garbage, above all) end before the next turn. */
const breather = 100;
/** New processes that are opened a file in, each. */
const coldStarts = 3;
/** Pauses of somebody who types, in milliseconds, one after the other. */
const pauses = [70, 110, 150, 190, 130];
/** A key of a VM that no generated one has. It is typed letter by letter, and offered each time. */
const typedKey = 'trace';
/** How often it is typed, five requests each: of 120 the p99 is not the slowest yet. */
const typedWords = 24;
/** The same in files where the peer takes seconds an answer; the p99 is the slowest of 50. */
const typedWordsInLarge = 10;

export interface ServerFigures {
  readonly server: string;
  readonly version: string;
  /** From opening the file in a process just started to its diagnostics, in milliseconds. */
  readonly openedCold: Measures;
  /** The same in a process that has had the file open before. */
  readonly opened: Measures;
  readonly mistakeMade: Measures;
  readonly mistakeRepaired: Measures;
  /** From asking for completion, right behind a keystroke, to the answer; undefined where none was asked. */
  readonly completion: Completion | undefined;
  /** Processor time of all threads, in milliseconds; the load of the machine hardly enters. */
  readonly processor: Record<'open' | 'edit' | 'keyWithCompletion', number | undefined>;
  readonly peakMemoryMiB: number | undefined;
}

export interface Completion extends Measures {
  readonly p99: number;
}

export interface Comparison {
  readonly vms: number;
  readonly characters: number;
  readonly lines: number;
  readonly servers: readonly [ServerFigures, ServerFigures];
  /** Peer's time by ours, round by round: both of a round meet the machine in much the same state. */
  readonly paired: Record<'opened' | 'mistakeMade' | 'mistakeRepaired', Measures>;
}

/** What a server has been measured to take. */
class Entrant {
  readonly server: Server;
  readonly language: string;
  readonly openedCold: number[] = [];
  readonly opened: number[] = [];
  readonly made: number[] = [];
  readonly repaired: number[] = [];
  readonly completed: number[] = [];
  readonly processor: ServerFigures['processor'] = {
    open: undefined,
    edit: undefined,
    keyWithCompletion: undefined,
  };
  #session: Session | undefined;

  constructor(server: Server, language: string) {
    this.server = server;
    this.language = language;
  }

  get session(): Session {
    if (!this.#session) throw new BenchError(`${this.server.name} has not been started.`);
    return this.#session;
  }

  /** Starts a process anew and opens the file in it. */
  async start(text: string): Promise<void> {
    await this.end();
    this.#session = await Session.start(this.server, uri);
    this.openedCold.push(await this.session.open(this.language, text, () => true));
    await pause(breather);
  }

  async end(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.end();
  }

  figures(): ServerFigures {
    const { completed } = this;
    return {
      server: this.server.name,
      version: this.server.version,
      openedCold: measuresOf(this.openedCold),
      opened: measuresOf(this.opened),
      mistakeMade: measuresOf(this.made),
      mistakeRepaired: measuresOf(this.repaired),
      completion:
        completed.length > 0
          ? { ...measuresOf(completed), p99: percentile(completed, 99) }
          : undefined,
      processor: this.processor,
      peakMemoryMiB: this.session.resources?.peakMemory,
    };
  }
}

export async function compare(
  servers: readonly [Server, Server],
  vms: number,
  text: string,
  runs: number,
): Promise<Comparison> {
  tell(`  ${vms} VMs, ${text.length} characters, ${runs} runs`);
  const ours = new Entrant(servers[0], 'dr-topology');
  const peer = new Entrant(servers[1], 'yaml');
  const both = [ours, peer];
  try {
    for (let round = 0; round < coldStarts; round++) {
      for (const entrant of inTurn(both, round)) await entrant.start(text);
    }
    await edits(both, text, runs, vms);
    if (vms > 0) await typing(both, text, vms);
    await openings(both, text, runs);
    return {
      vms,
      characters: text.length,
      lines: text.split('\n').length,
      servers: [ours.figures(), peer.figures()],
      paired: {
        opened: pairedRatio(ours.opened, peer.opened),
        mistakeMade: pairedRatio(ours.made, peer.made),
        mistakeRepaired: pairedRatio(ours.repaired, peer.repaired),
      },
    };
  } finally {
    for (const entrant of both) await entrant.end();
  }
}

/** Who goes first changes with every round. */
function inTurn<T>(both: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? both : both.toReversed();
}

function pairedRatio(ours: readonly number[], peer: readonly number[]): Measures {
  return measuresOf(ours.map((mine, round) => (peer[round] ?? NaN) / mine));
}

async function edits(
  both: readonly Entrant[],
  text: string,
  runs: number,
  vms: number,
): Promise<void> {
  const { line, range, right, wrong } = mistakeIn(text);
  const turn = async ({ session }: Entrant): Promise<readonly [number, number]> => {
    const made = await session.edit(range, wrong, (all) => hasErrorOn(all, line));
    await pause(breather);
    const repaired = await session.edit(range, right, (all) => !hasErrorOn(all, line));
    await pause(breather);
    return [made, repaired];
  };
  // What a large text does not warm up in two rounds, it has warmed up by its length.
  for (let round = 0; round < (vms > 1000 ? 2 : 4); round++) {
    for (const entrant of both) await turn(entrant);
  }
  await timed(both, 'edit', 2 * runs, async () => {
    for (let round = 0; round < runs; round++) {
      for (const entrant of inTurn(both, round)) {
        const [made, repaired] = await turn(entrant);
        entrant.made.push(made);
        entrant.repaired.push(repaired);
      }
    }
  });
}

/** A key is typed into VMs all over the file; completion is asked for behind every letter, as an editor does. */
async function typing(both: readonly Entrant[], text: string, vms: number): Promise<void> {
  const places = placesToType(text, vms > 1000 ? typedWordsInLarge : typedWords);
  const turn = async ({ session }: Entrant, line: number): Promise<readonly number[]> => {
    const before: Position = { line, character: 0 };
    const times: number[] = [];
    await session.type({ start: before, end: before }, `${' '.repeat(8)}\n`);
    for (const [index, letter] of Array.from(typedKey).entries()) {
      await pause(pauses[index] ?? breather);
      const at = { line, character: 8 + index };
      await session.type({ start: at, end: at }, letter);
      const asked = { line, character: at.character + 1 };
      times.push(await session.complete(asked, typedKey));
    }
    const typed: Range = { start: before, end: { line: line + 1, character: 0 } };
    await session.edit(typed, '', (all) => !hasErrorOn(all, line));
    await pause(breather);
    return times;
  };
  for (const entrant of both) await turn(entrant, places[0] ?? 0);
  await timed(both, 'keyWithCompletion', places.length * typedKey.length, async () => {
    for (const [round, line] of places.entries()) {
      for (const entrant of inTurn(both, round)) {
        entrant.completed.push(...(await turn(entrant, line)));
      }
    }
  });
}

/** The file is closed and opened again, with a mistake in it that both have to find. */
async function openings(both: readonly Entrant[], text: string, runs: number): Promise<void> {
  const { line, offset, wrong } = mistakeIn(text);
  const mistaken = text.slice(0, offset) + wrong + text.slice(offset + 1);
  const turn = async ({ session, language }: Entrant): Promise<number> => {
    await session.close();
    await pause(breather);
    return session.open(language, mistaken, (all) => hasErrorOn(all, line));
  };
  for (const entrant of both) await turn(entrant);
  await timed(both, 'open', runs, async () => {
    for (let round = 0; round < runs; round++) {
      for (const entrant of inTurn(both, round)) {
        entrant.opened.push(await turn(entrant));
        await pause(breather);
      }
    }
  });
}

/** Notes the processor time that each has used for one of so many acts. */
async function timed(
  both: readonly Entrant[],
  what: keyof ServerFigures['processor'],
  acts: number,
  work: () => Promise<void>,
): Promise<void> {
  const before = both.map(({ session }) => session.resources?.processor);
  await work();
  for (const [index, entrant] of both.entries()) {
    const start = before[index];
    const end = entrant.session.resources?.processor;
    if (start !== undefined && end !== undefined) entrant.processor[what] = (end - start) / acts;
  }
}

interface Mistake {
  readonly line: number;
  readonly offset: number;
  readonly range: Range;
  readonly right: string;
  readonly wrong: string;
}

/** The last letter of the first `platform: vsphere`: with another one in its place it is no platform. */
function mistakeIn(text: string): Mistake {
  const wanted = 'platform: vsphere';
  const found = text.indexOf(wanted);
  if (found === -1) throw new BenchError(`There is no "${wanted}" to make a mistake in.`);
  const offset = found + wanted.length - 1;
  const before = text.slice(0, offset).split('\n');
  const line = before.length - 1;
  const character = before[line]?.length ?? 0;
  return {
    line,
    offset,
    range: { start: { line, character }, end: { line, character: character + 1 } },
    right: 'e',
    wrong: 'x',
  };
}

/** Lines behind the change rate of VMs, evenly from the first VM to the last. */
function placesToType(text: string, count: number): readonly number[] {
  const lines = text.split('\n').flatMap((line, number) => {
    return line.startsWith('        changeRate: ') ? [number + 1] : [];
  });
  return Array.from({ length: count }, (_, index) => {
    return lines[Math.floor((index * (lines.length - 1)) / (count - 1))] ?? 0;
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
