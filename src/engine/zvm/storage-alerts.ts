/** Alerts of what recoveries are stored on: journals at their limits, and datastores that fill up. */
import { datastoreResumeFactor, floorOf } from '../../topology/limits.ts';
import type { DatastoreReport, RecoveryStreamReport } from '../vra/messages.ts';
import type { Instant } from '../world/world.ts';
import type { AlertLog } from './alerts.ts';
import type { PlannedStream } from './plan.ts';
import type { Vpg } from './vpg.ts';
import type { VraLinks } from './vras.ts';

/** Below this nothing more fits: not even one segment of a journal, in bytes. */
const fullDatastore = 16 * 1024 * 1024;
/** Below this share of its threshold a warning is taken back, so that it does not come and go. */
const warningClears = 0.95;

/** How a store of a VM stands: a journal, or the scratch of a test. */
interface Fill {
  readonly bytes: number;
  readonly full: boolean;
  readonly warning: number | undefined;
}

/** What is said of a stream, by name: names of a thousand streams are not made anew every 5 s. */
interface Subjects {
  readonly vm: string;
  readonly journal: string;
  readonly scratch: string;
  readonly failure: string;
}

export class StorageAlerts {
  readonly #site: string;
  readonly #alerts: AlertLog;
  readonly #vras: VraLinks;
  /** What was last said of a subject: nearly always it is so still, and there is nothing to do. */
  readonly #said = new Map<string, number>();
  readonly #subjects = new WeakMap<PlannedStream, Subjects>();

  constructor(site: string, alerts: AlertLog, vras: VraLinks) {
    this.#site = site;
    this.#alerts = alerts;
    this.#vras = vras;
  }

  /** Of a VPG that recovers to this site. */
  vpg(vpg: Vpg, now: Instant): void {
    for (const stream of vpg.plan.streams) {
      const report = this.#vras.receiving(stream.recoveryVra, stream.recover.stream);
      // Of a VRA that is not heard the last word stands.
      if (report) this.#stream(vpg.name, stream, report, now);
    }
  }

  #stream(vpg: string, stream: PlannedStream, report: RecoveryStreamReport, now: Instant): void {
    const subjects = this.#subjectsOf(vpg, stream);
    const { journalBytes: bytes, atLimit: full = false } = report;
    const journal = { bytes, full, warning: stream.recover.warning };
    this.#fill(subjects.journal, vpg, journal, now);
    const { bytes: written = 0, full: stopped = false } = report.scratch ?? {};
    const scratch = { bytes: written, full: stopped, warning: stream.recover.scratchWarning };
    this.#fill(subjects.scratch, vpg, scratch, now);
    const failed = report.failure !== undefined && report.lowSpace !== true;
    if (this.#knows(subjects.failure, Number(failed))) return;
    const message = `The journal of ${subjects.vm} cannot be read or written`;
    this.#alerts.set({ id: 'VRA0007', level: 'error', message, vpgs: [vpg] }, failed, now);
  }

  #subjectsOf(vpg: string, stream: PlannedStream): Subjects {
    let subjects = this.#subjects.get(stream);
    if (!subjects) {
      const vm = `${stream.vm} in VPG ${vpg}`;
      const [journal, scratch, failure] = [`journal of ${vm}`, `scratch of ${vm}`, `failure ${vm}`];
      this.#subjects.set(stream, (subjects = { vm, journal, scratch, failure }));
    }
    return subjects;
  }

  #fill(subject: string, vpg: string, { bytes, full, warning }: Fill, now: Instant): void {
    const warned = ((this.#said.get(subject) ?? 0) & 2) !== 0;
    const threshold = (warning ?? Infinity) * (warned ? warningClears : 1);
    const low = !full && bytes >= threshold;
    if (this.#knows(subject, Number(full) + 2 * Number(low))) return;
    const vpgs = [vpg];
    const limit = `The ${subject} has reached its hard limit`;
    this.#alerts.set({ id: 'VRA0039', level: 'error', message: limit, vpgs }, full, now);
    const space = `The ${subject} is low on space`;
    this.#alerts.set({ id: 'VRA0040', level: 'warning', message: space, vpgs }, low, now);
  }

  /** `vpgsOn` names the VPGs that keep anything on a datastore. */
  datastores(vpgsOn: (datastore: string) => readonly string[], now: Instant): void {
    for (const each of this.#vras.datastores.values()) this.#datastore(each, vpgsOn, now);
  }

  #datastore(
    { name, capacity, free, paused, floor = floorOf(capacity) }: DatastoreReport,
    vpgsOn: (datastore: string) => readonly string[],
    now: Instant,
  ): void {
    const full = free < fullDatastore;
    const wasLow = ((this.#said.get(`datastore ${name}`) ?? 0) & 2) !== 0;
    const enough = floor * (wasLow ? datastoreResumeFactor : 1);
    const low = paused || free < enough;
    const flags = Number(full) + 2 * Number(low) + 4 * Number(paused);
    if (this.#knows(`datastore ${name}`, flags)) return;
    const vpgs = vpgsOn(name);
    const datastore = `Datastore ${name} of ${this.#site}`;
    const set = (id: string, level: 'warning' | 'error', message: string, on: boolean): void => {
      this.#alerts.set({ id, level, message, vpgs }, on, now);
    };
    set('STR0002', 'error', `${datastore} is full`, full);
    set('STR0004', 'warning', `${datastore} is low on space`, low);
    const journals = `${datastore} has no room for journals: replication into it is paused`;
    set('VRA0006', 'error', journals, paused);
  }

  #knows(subject: string, state: number): boolean {
    if (this.#said.get(subject) === state) return true;
    this.#said.set(subject, state);
    return false;
  }
}
