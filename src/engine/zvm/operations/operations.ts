/**
 * The recovery operations of a ZVM: which are under way, and what happens to them. A verb is in a file
 * of its own beside this one.
 *
 * Everything is checked before anything is done (law 7), and whatever comes of it leaves a report.
 */
import type { CheckpointSelector, Operation, Reply } from '../../api.ts';
import type { VraReply } from '../../vra/messages.ts';
import type { Instant } from '../../world/world.ts';
import { decline } from '../deployment.ts';
import type { Outbox } from '../events.ts';
import type { PeerLinks } from '../peers.ts';
import type { Vpg } from '../vpg.ts';
import type { VraLinks } from '../vras.ts';
import { failoverTest, stopTest } from './failover-test.ts';
import type { TestVerdict } from './failover-test.ts';
import { OperationRecords } from './records.ts';
import { Run, answerKey } from './run.ts';
import type { OperationTools } from './tools.ts';

export class Operations {
  readonly #tools: OperationTools;
  readonly #runs = new Set<Run>();

  constructor(
    site: string,
    outbox: Outbox,
    vras: VraLinks,
    peers: PeerLinks,
    operations: readonly Operation[] = [],
    keep: (vpg: Vpg) => void,
  ) {
    const records = new OperationRecords(site, outbox, operations);
    const ended = (run: Run): void => {
      this.#runs.delete(run);
    };
    this.#tools = { site, outbox, vras, peers, records, ended, keep };
  }

  /** All since the first start, oldest first. */
  get all(): readonly Operation[] {
    return this.#tools.records.all;
  }

  /** The test of a VPG that goes on, started here. */
  testOf(vpg: string): Operation | undefined {
    return this.#tools.records.findLast(
      (operation) =>
        operation.vpg === vpg &&
        operation.verb === 'failover-test' &&
        operation.result === 'success' &&
        operation.ended === undefined,
    );
  }

  // --- Verbs -----------------------------------------------------------------------------------

  test(ticket: number, vpg: Vpg, selector: CheckpointSelector, now: Instant): void {
    failoverTest(this.#tools, this.#begin('failover-test', ticket, vpg, now), selector);
  }

  stop(ticket: number, vpg: Vpg, verdict: TestVerdict, now: Instant): void {
    const test = this.testOf(vpg.name);
    if (test) {
      stopTest(this.#tools, this.#run(test.id, ticket, vpg, now), verdict);
      return;
    }
    const elsewhere = vpg.testingAt !== undefined && vpg.testingAt !== this.#tools.site;
    const reason = elsewhere
      ? `The failover test of ${vpg.name} was started at ${vpg.testingAt ?? ''}: stop it there`
      : `No failover test of ${vpg.name} is running`;
    this.#tools.outbox.push({ kind: 'answer', ticket, reply: decline(reason) });
  }

  // --- What happens ----------------------------------------------------------------------------

  vraOpened(vra: string, now: Instant): void {
    for (const run of this.#at(now)) run.vraOpened(vra);
  }

  vraLost(vra: string, now: Instant): void {
    for (const run of this.#at(now)) run.vraLost(vra);
  }

  vraSaid(vra: string, message: VraReply, now: Instant): void {
    if (this.#runs.size === 0) return;
    const key = answerKey(vra, message);
    if (key === undefined) return;
    for (const run of this.#at(now)) run.vraSaid(key, message);
  }

  tick(now: Instant): void {
    for (const run of this.#at(now)) run.tick();
  }

  // --- Runs ------------------------------------------------------------------------------------

  /** A run may end, and others begin, while it is told. */
  #at(now: Instant): readonly Run[] {
    const runs = [...this.#runs];
    for (const run of runs) run.now = now;
    return runs;
  }

  /** Begins an operation with a report of its own; a refusal goes into it. */
  #begin(verb: string, ticket: number, vpg: Vpg, now: Instant): Run {
    const { records } = this.#tools;
    const { id } = records.begin(verb, vpg.name, now);
    const refused = (reply: Reply, at: Instant): void => {
      if (reply.result !== 'refused') return;
      const { reason, missing } = reply;
      records.change(id, { result: 'refused', ended: at, reason, missing });
    };
    return this.#run(id, ticket, vpg, now, refused);
  }

  #run(
    id: string,
    ticket: number | undefined,
    vpg: Vpg,
    now: Instant,
    ending?: (reply: Reply, at: Instant) => void,
  ): Run {
    const run = new Run(this.#tools, vpg, id, ticket, now, ending);
    this.#runs.add(run);
    return run;
  }
}
