/**
 * Recovery reports as files beside the engine's state, as Markdown and as JSON: written when an operation ends,
 * whatever came of it, and at the next start for those whose end the engine did not live to file.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Topology, Vpg } from '../../topology/model.ts';
import type { BootGroup, RecoveryContext } from '../../report/recovery-context.ts';
import { recoveryData, type RecoveryData } from '../../report/recovery-data.ts';
import { recoveryReport, recoveryReportName } from '../../report/recovery-report.ts';
import type { LabSnapshot, Operation } from '../api.ts';
import { readFiled, reportsFolderOf } from './filed-reports.ts';
import { reasonOf, replaceDurably } from './state-folder.ts';

/** What of a report its operation says; the rest may not be known any more after a restart. */
const ofOperation = [
  'ended',
  'result',
  'outcome',
  'checkpoint',
  'rto',
  'shortfalls',
  'reason',
  'missing',
  'notes',
  'steps',
] as const satisfies readonly (keyof RecoveryData)[];

interface Due {
  readonly operation: Operation;
  readonly context: RecoveryContext;
  /** See {@link stageOf}. */
  readonly stage: string;
}

type Direction = Pick<RecoveryContext, 'from' | 'to'>;

export class ReportFiles {
  readonly #folder: string;
  readonly #topology: Topology;
  readonly #report: (problem: string) => void;
  /** Where a VPG led while an operation on it went on: a commit may turn it round. */
  readonly #directions = new Map<string, Direction>();
  /** The stage that is filed, by the operation. */
  readonly #filed = new Map<string, string>();
  readonly #due = new Map<string, Due>();
  #work: Promise<void> | undefined;
  #lastProblem: string | undefined;

  /** `report` hears once of what keeps reports from being written; they are tried again. */
  constructor(stateFolder: string, topology: Topology, report: (problem: string) => void) {
    this.#folder = reportsFolderOf(stateFolder);
    this.#topology = topology;
    this.#report = report;
  }

  /** Files what has ended by now. Called as often as anything may have changed. */
  follow(snapshot: LabSnapshot): void {
    for (const operation of snapshot.operations) {
      const { id, ended } = operation;
      const vpg = snapshot.vpgs.find(({ name }) => name === operation.vpg);
      if (ended === undefined) {
        if (vpg && !this.#directions.has(id)) this.#directions.set(id, vpg);
        continue;
      }
      const stage = stageOf(operation);
      if (this.#filed.get(id) === stage || this.#due.get(id)?.stage === stage) continue;
      this.#due.set(id, { operation, context: this.#contextOf(operation, vpg), stage });
    }
    if (this.#due.size === 0) return;
    this.#work ??= this.#fileAll().finally(() => {
      this.#work = undefined;
    });
  }

  /** Settles when nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#work;
  }

  async #fileAll(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      for (let next = this.#next(); next; next = this.#next()) {
        const [id, due] = next;
        await this.#file(due);
        this.#filed.set(id, due.stage);
        this.#directions.delete(id);
        // It may have come further meanwhile.
        if (this.#due.get(id) === due) this.#due.delete(id);
      }
      this.#lastProblem = undefined;
    } catch (error) {
      const problem = `recovery reports cannot be written to ${this.#folder}: ${reasonOf(error)}`;
      if (problem !== this.#lastProblem) this.#report(problem);
      this.#lastProblem = problem;
    }
  }

  #next(): [string, Due] | undefined {
    const [next] = this.#due;
    return next;
  }

  async #file({ operation, context }: Due): Promise<void> {
    const name = recoveryReportName(operation, new Date(operation.at));
    // Another operation may have begun in the same second, and whatever else lies there stays.
    for (let number = 1; ; number++) {
      const base = join(this.#folder, number === 1 ? name : `${name}-${number}`);
      const known = await readFiled(`${base}.json`);
      if (known ? known.id !== operation.id : existsSync(`${base}.json`)) continue;
      const told = { ...context, ...(known && directionIn(known)) };
      const data = recoveryData(operation, told);
      if (known && ofOperation.every((key) => isDeepStrictEqual(known[key], data[key]))) return;
      const time = (at: number): string => new Date(at).toISOString();
      await replaceDurably(`${base}.md`, recoveryReport(operation, { ...told, time }));
      // The last, because it says that both are there.
      await replaceDurably(`${base}.json`, `${JSON.stringify(data, undefined, 2)}\n`);
      return;
    }
  }

  #contextOf(operation: Operation, vpg: Direction | undefined): RecoveryContext {
    const declared = this.#topology.vpgs.get(operation.vpg);
    // One that was not seen before it was committed may have led the other way.
    const now = operation.outcome === 'committed' ? undefined : vpg;
    const direction = this.#directions.get(operation.id) ?? now;
    return {
      from: direction?.from,
      to: direction?.to,
      vms: declared && [...declared.vms.keys()],
      bootGroups: declared && groupsOf(declared),
      targetRpo: declared?.rpo,
      targetRto: declared?.rto,
    };
  }
}

/** What can still change of an operation after its end, in a few characters. */
function stageOf({ ended, result, outcome, steps, shortfalls, notes }: Operation): string {
  return [ended, result, outcome, steps.length, shortfalls?.length, notes?.length].join(' ');
}

function directionIn({ from, to }: Readonly<Record<string, unknown>>): Direction {
  return typeof from === 'string' && typeof to === 'string' ? { from, to } : {};
}

/** As recovered VMs start: the groups of the boot order, and then all others together. */
function groupsOf({ vms, boot }: Vpg): BootGroup[] {
  const order = boot?.order ?? [];
  const inGroup = (group: number): string[] =>
    [...vms.values()].filter((vm) => vm.bootGroup === group).map(({ name }) => name);
  const rest = [...vms.values()].filter(
    ({ bootGroup }) => bootGroup === undefined || !order.includes(bootGroup),
  );
  return [
    ...order.map((group) => ({ group, vms: inGroup(group) })),
    { group: undefined, vms: rest.map(({ name }) => name) },
  ].filter((group) => group.vms.length > 0);
}
