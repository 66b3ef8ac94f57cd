/** The Worlds that have to behave alike: two processes at two sites, simulated and on the real machine. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Link } from '../../../../src/topology/model.ts';
import { endpointOfVra } from '../../../../src/topology/reachability.ts';
import { NodeUniverse } from '../../../../src/engine/world/node.ts';
import { SimulatedUniverse } from '../../../../src/engine/world/simulated.ts';
import type { EngineProcess, Universe } from '../../../../src/engine/world/universe.ts';
import type { WorldError } from '../../../../src/engine/world/world.ts';
import { loadTwoSites } from '../two-sites.ts';

export interface Answered<T> {
  readonly error: WorldError | undefined;
  readonly value: T | undefined;
}

/** Two VRAs, as `two-sites.ts` has them, in a universe of either kind. */
export interface Bed {
  readonly universe: Universe;
  readonly left: EngineProcess;
  readonly right: EngineProcess;
  readonly link: Link;
  /** Lets at least so many milliseconds go by. */
  pass(milliseconds: number): Promise<void>;
  /** Lets time go by until a condition holds. */
  until(condition: () => boolean): Promise<void>;
  end(): Promise<void>;
}

/** Milliseconds that an answer may take before a test fails. */
const patience = 20_000;

export const kinds: readonly (readonly [string, () => Bed])[] = [
  ['simulated', simulated],
  ['on the real machine', real],
];

function simulated(): Bed {
  const universe = new SimulatedUniverse(loadTwoSites(), { seed: 1, freezeMessages: true });
  return {
    ...populated(universe),
    pass: (milliseconds) => {
      universe.run(universe.now + milliseconds);
      return Promise.resolve();
    },
    until: (condition) => {
      assert(universe.runWhile(() => !condition(), universe.now + patience));
      return Promise.resolve();
    },
    end: () => Promise.resolve(),
  };
}

function real(): Bed {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-world-'));
  const universe = new NodeUniverse(loadTwoSites(), { folder, seed: 1 });
  const pass = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, milliseconds));
  return {
    ...populated(universe),
    pass,
    until: async (condition) => {
      const end = performance.now() + patience;
      while (!condition()) {
        assert(performance.now() < end, 'it takes too long');
        await pass(1);
      }
    },
    end: () =>
      new Promise((resolve) => {
        universe.stop(() => {
          rmSync(folder, { recursive: true });
          resolve();
        });
      }),
  };
}

function populated(universe: Universe): Pick<Bed, 'universe' | 'left' | 'right' | 'link'> {
  const { topology } = universe;
  const [left, right] = [...topology.sites.values()].map((site) => {
    const [host] = [...site.hosts.values()];
    assert(host?.vra);
    const endpoint = endpointOfVra(host.vra);
    return universe.createProcess(`vra ${host.name}`, { site, endpoint });
  });
  const [link] = [...topology.links.values()];
  assert(left && right && link);
  return { universe, left, right, link };
}

/** What is asked for is answered later, once. */
export async function answered<T>(
  bed: Bed,
  ask: (done: (error: WorldError | undefined, value?: T) => void) => void,
): Promise<Answered<T>> {
  const answers: Answered<T>[] = [];
  ask((error, value) => {
    answers.push({ error, value });
  });
  assert.equal(answers.length, 0, 'never answered within the call');
  await bed.until(() => answers.length > 0);
  await bed.pass(1);
  const [answer, ...more] = answers;
  assert(answer && more.length === 0, 'answered once');
  return answer;
}

/** The value of an answer without an error. */
export async function given<T>(
  bed: Bed,
  ask: (done: (error: WorldError | undefined, value?: T) => void) => void,
): Promise<T> {
  const { error, value } = await answered(bed, ask);
  assert.equal(error, undefined);
  assert(value !== undefined);
  return value;
}

/** The code of an error; undefined: it succeeded. */
export async function codeOf(
  bed: Bed,
  ask: (done: (error: WorldError | undefined) => void) => void,
): Promise<string | undefined> {
  const { error } = await answered<never>(bed, ask);
  return error?.code;
}
