/**
 * Failover tests: images of every VM of a VPG at one checkpoint, beside the running replication.
 *
 * Everything is checked before anything is done (law 7), and whatever comes of it leaves an
 * {@link Operation} with its steps (OUT-11). The journals have the last word on what can be recovered:
 * a checkpoint that they have promoted is refused at once and the list is refreshed (OUT-8).
 */
import type { CheckpointSelector, Operation, OperationStep, Reply } from '../api.ts';
import type { ImageRefusal, VraReply } from '../vra/messages.ts';
import type { Instant } from '../world/world.ts';
import type { Checkpoint } from './catalogue.ts';
import { timeOfDay } from './clock-text.ts';
import { decline, refuse } from './deployment.ts';
import type { Outbox } from './events.ts';
import type { PeerLinks } from './peers.ts';
import { answerLimit } from './timing.ts';
import type { Vpg } from './vpg.ts';
import type { VraLinks } from './vras.ts';

type Phase = 'reaching' | 'opening' | 'cleaning' | 'closing';

interface Run {
  readonly ticket: number;
  readonly vpg: Vpg;
  readonly verb: 'failover-test' | 'stop-test';
  readonly selector: CheckpointSelector | undefined;
  readonly steps: OperationStep[];
  readonly startedAt: Instant;
  readonly deadline: Instant;
  /** The operation that the images belong to. */
  readonly images: string;
  /** VRAs, or images, that have yet to answer. */
  readonly waiting: Set<string>;
  readonly opened: Set<string>;
  phase: Phase;
  checkpoint: Checkpoint | undefined;
  refusal: Reply | undefined;
}

export class Operations {
  readonly #site: string;
  readonly #outbox: Outbox;
  readonly #vras: VraLinks;
  readonly #peers: PeerLinks;
  readonly #runs = new Set<Run>();
  readonly #operations: Operation[];

  constructor(
    site: string,
    outbox: Outbox,
    vras: VraLinks,
    peers: PeerLinks,
    operations: readonly Operation[] = [],
  ) {
    this.#site = site;
    this.#outbox = outbox;
    this.#vras = vras;
    this.#peers = peers;
    this.#operations = [...operations];
  }

  /** All since the first start, oldest first. */
  get all(): readonly Operation[] {
    return this.#operations;
  }

  /** The test of a VPG that goes on, started here. */
  testOf(vpg: string): Operation | undefined {
    return this.#operations.findLast(
      (operation) =>
        operation.vpg === vpg &&
        operation.verb === 'failover-test' &&
        operation.result === 'success' &&
        operation.ended === undefined,
    );
  }

  test(ticket: number, vpg: Vpg, selector: CheckpointSelector, now: Instant): void {
    const id = `${this.#site} ${this.#operations.length + 1}`;
    const run = this.#begin(ticket, vpg, 'failover-test', selector, id, now);
    this.#put({
      id,
      verb: run.verb,
      vpg: vpg.name,
      site: this.#site,
      at: now,
      result: 'running',
      steps: [],
    });
    if (vpg.testingAt !== undefined) {
      const where = vpg.testingAt;
      this.#refused(
        run,
        decline(`A failover test of ${vpg.name} runs already, started at ${where}: stop it first`),
        now,
      );
      return;
    }
    const missing = this.#missing(vpg);
    if (missing.length > 0) {
      this.#refused(run, refuse(`${vpg.name} cannot be tested`, missing), now);
      return;
    }
    this.#reach(run, now);
  }

  stop(ticket: number, vpg: Vpg, now: Instant): void {
    const test = this.testOf(vpg.name);
    if (!test) {
      const elsewhere = vpg.testingAt !== undefined && vpg.testingAt !== this.#site;
      const reason = elsewhere
        ? `The failover test of ${vpg.name} was started at ${vpg.testingAt ?? ''}: stop it there`
        : `No failover test of ${vpg.name} is running`;
      this.#outbox.push({ kind: 'answer', ticket, reply: decline(reason) });
      return;
    }
    const run = this.#begin(ticket, vpg, 'stop-test', undefined, test.id, now);
    run.checkpoint = test.checkpoint;
    this.#reach(run, now);
  }

  vraOpened(vra: string, now: Instant): void {
    for (const run of this.#runs) {
      if (run.phase === 'reaching' && run.waiting.delete(vra)) this.#reached(run, now);
    }
  }

  vraLost(vra: string, now: Instant): void {
    for (const run of this.#runs) {
      if (run.phase === 'reaching' || !recoveryVras(run.vpg).includes(vra)) continue;
      this.#refused(run, refuse(`${run.vpg.name}: a VRA fell silent`, [heard(vra)]), now);
    }
  }

  vraSaid(vra: string, message: VraReply, now: Instant): void {
    for (const run of this.#runs) {
      switch (message.kind) {
        case 'heartbeat':
        case 'sync-forced':
          break;
        case 'report':
          if (run.phase === 'cleaning' && run.waiting.delete(vra) && run.waiting.size === 0) {
            this.#cleaned(run, now);
          }
          break;
        case 'image-opened':
          if (run.phase === 'opening' && run.waiting.delete(message.image)) {
            this.#imageOpened(run, message.image, now);
          }
          break;
        case 'image-refused':
          if (run.phase === 'opening' && run.waiting.has(message.image)) {
            this.#imageRefused(run, message.image, message.reason, now);
          }
          break;
        case 'image-closed':
          if (run.phase === 'closing' && run.waiting.delete(message.image)) {
            if (run.waiting.size === 0) this.#stopped(run, now);
          }
          break;
      }
    }
  }

  tick(now: Instant): void {
    for (const run of this.#runs) {
      if (now < run.deadline) continue;
      const silent =
        run.phase === 'opening' || run.phase === 'closing'
          ? [...run.waiting].map((image) => `an answer about the image ${image}`)
          : [...run.waiting].map(heard);
      this.#refused(run, run.refusal ?? refuse(`${run.vpg.name} cannot be recovered`, silent), now);
    }
  }

  #begin(
    ticket: number,
    vpg: Vpg,
    verb: Run['verb'],
    selector: CheckpointSelector | undefined,
    images: string,
    now: Instant,
  ): Run {
    const run: Run = {
      ticket,
      vpg,
      verb,
      selector,
      steps: [],
      startedAt: now,
      deadline: now + answerLimit,
      images,
      waiting: new Set(),
      opened: new Set(),
      phase: 'reaching',
      checkpoint: undefined,
      refusal: undefined,
    };
    this.#runs.add(run);
    return run;
  }

  /** Everything that a test needs and does not have, as far as one can see without asking a VRA. */
  #missing(vpg: Vpg): string[] {
    const missing: string[] = [];
    if (vpg.catalogue.count === 0) missing.push(`a checkpoint of ${vpg.name}`);
    for (const vra of recoveryVras(vpg)) {
      if (this.#vras.isSilent(vra)) missing.push(heard(vra));
    }
    for (const stream of vpg.plan.streams) {
      const report = this.#vras.receiving(stream.recoveryVra, stream.recover.stream);
      if (report?.recoverable === false) missing.push(`a complete replica of ${stream.vm}`);
    }
    return missing;
  }

  #reach(run: Run, now: Instant): void {
    for (const vra of recoveryVras(run.vpg)) {
      this.#vras.borrow(vra);
      if (!this.#vras.hears(vra)) run.waiting.add(vra);
    }
    this.#reached(run, now);
  }

  #reached(run: Run, now: Instant): void {
    if (run.waiting.size > 0) return;
    if (run.verb === 'stop-test') this.#close(run);
    else this.#open(run, now);
  }

  #clean(run: Run): void {
    run.phase = 'cleaning';
    run.waiting.clear();
    for (const vra of recoveryVras(run.vpg)) {
      run.waiting.add(vra);
      this.#vras.tell(vra, { kind: 'report-now' });
    }
  }

  #cleaned(run: Run, now: Instant): void {
    run.vpg.clean();
    const oldest = run.vpg.catalogue.oldest;
    const left = oldest
      ? `The oldest that is left is of ${timeOfDay(oldest.time)}`
      : 'No checkpoint is left';
    const chosen = run.checkpoint ? timeOfDay(run.checkpoint.time) : '';
    this.#refused(
      run,
      decline(
        `The checkpoint of ${chosen} has left the journal of ${run.vpg.name}. ` +
          `The list has been refreshed. ${left}`,
      ),
      now,
    );
  }

  #open(run: Run, now: Instant): void {
    const { vpg } = run;
    // Between two cleanings a list that was clean has aged by seconds, which is no news to anybody.
    if (run.selector?.kind === 'oldest' && vpg.cleaned) vpg.clean();
    const checkpoint = run.selector && vpg.catalogue.select(run.selector);
    if (!checkpoint) {
      this.#refused(run, decline(`${vpg.name} has no such checkpoint`), now);
      return;
    }
    run.checkpoint = checkpoint;
    run.phase = 'opening';
    this.#step(run, `Chose the checkpoint of ${timeOfDay(checkpoint.time)}`, now);
    for (const stream of vpg.plan.streams) {
      const image = imageOf(run, stream.vm);
      run.waiting.add(image);
      this.#vras.tell(stream.recoveryVra, {
        kind: 'open-image',
        image,
        stream: stream.recover.stream,
        checkpoint: checkpoint.id,
      });
    }
  }

  #imageOpened(run: Run, image: string, now: Instant): void {
    run.opened.add(image);
    const stream = run.vpg.plan.streams.find((candidate) => imageOf(run, candidate.vm) === image);
    this.#step(run, `Opened the disks of ${stream?.vm ?? image}`, now);
    for (const nic of stream?.unmappedNics ?? []) {
      this.#step(run, `Left ${nic} of ${stream?.vm ?? image} unconnected: no test network`, now);
    }
    if (run.waiting.size > 0 || !run.checkpoint) return;
    const { vpg, checkpoint } = run;
    const images: Record<string, string> = {};
    for (const { vm, recover } of vpg.plan.streams) {
      for (const disk of recover.disks) images[`${vm}/${disk.name}`] = imageOf(run, vm);
    }
    vpg.testingAt = this.#site;
    this.#tellTest(vpg, true);
    this.#record(run, { result: 'success', checkpoint });
    const reply: Reply = { result: 'success', operation: run.images, checkpoint, images };
    this.#end(run, reply);
  }

  #imageRefused(run: Run, image: string, reason: ImageRefusal, now: Instant): void {
    this.#step(run, `${image}: ${reason}`, now, 'failed');
    this.#closeOpened(run);
    const gone = reason === 'checkpoint-aged-out' || reason === 'checkpoint-unknown';
    if (gone) this.#clean(run);
    else this.#refused(run, refuse(`${run.vpg.name} cannot be tested`, [remedyOf(reason)]), now);
  }

  #close(run: Run): void {
    run.phase = 'closing';
    for (const stream of run.vpg.plan.streams) {
      const image = imageOf(run, stream.vm);
      run.waiting.add(image);
      this.#vras.tell(stream.recoveryVra, { kind: 'close-image', image });
    }
  }

  #stopped(run: Run, now: Instant): void {
    const { vpg, checkpoint } = run;
    const test = this.testOf(vpg.name);
    if (test) {
      const step: OperationStep = { what: 'Closed all disks', at: now, result: 'success' };
      this.#put({ ...test, ended: now, steps: [...test.steps, step] });
      // The seed's product tags what was tested, so that a proven checkpoint can be found again.
      if (checkpoint) vpg.tag(checkpoint.id, `Tested at ${timeOfDay(test.at)}`);
    }
    vpg.testingAt = undefined;
    this.#tellTest(vpg, false);
    this.#end(run, { result: 'success', operation: run.images, checkpoint });
  }

  #closeOpened(run: Run): void {
    for (const stream of run.vpg.plan.streams) {
      const image = imageOf(run, stream.vm);
      if (!run.opened.has(image) && !run.waiting.has(image)) continue;
      this.#vras.tell(stream.recoveryVra, { kind: 'close-image', image });
    }
    run.opened.clear();
  }

  #refused(run: Run, reply: Reply, now: Instant): void {
    if (run.verb === 'failover-test') {
      if (run.phase === 'opening') this.#closeOpened(run);
      if (reply.result === 'refused') {
        const { reason, missing } = reply;
        this.#record(run, { result: 'refused', ended: now, reason, missing });
      }
    }
    this.#end(run, reply);
  }

  #end(run: Run, reply: Reply): void {
    this.#runs.delete(run);
    for (const vra of recoveryVras(run.vpg)) this.#vras.giveBack(vra);
    this.#outbox.push({ kind: 'answer', ticket: run.ticket, reply });
  }

  #tellTest(vpg: Vpg, running: boolean): void {
    if (vpg.plan.peer === undefined) return;
    this.#peers.tell(vpg.plan.peer, { kind: 'test-running', vpg: vpg.name, running });
  }

  #step(run: Run, what: string, at: Instant, result: 'success' | 'failed' = 'success'): void {
    run.steps.push({ what, at, result });
  }

  #record(run: Run, change: Partial<Operation>): void {
    const known = this.#operations.find((operation) => operation.id === run.images);
    if (known) this.#put({ ...known, ...change, steps: [...run.steps] });
  }

  #put(operation: Operation): void {
    const index = this.#operations.findIndex((known) => known.id === operation.id);
    if (index < 0) this.#operations.push(operation);
    else this.#operations[index] = operation;
    this.#outbox.keep({ kind: 'operation', operation });
  }
}

function recoveryVras(vpg: Vpg): string[] {
  return [...new Set(vpg.plan.streams.map((stream) => stream.recoveryVra))];
}

function imageOf(run: Run, vm: string): string {
  return `${run.images}/${vm}`;
}

function heard(vra: string): string {
  return `a connection to the VRA on ${vra}`;
}

function remedyOf(
  reason: Exclude<ImageRefusal, 'checkpoint-aged-out' | 'checkpoint-unknown'>,
): string {
  switch (reason) {
    case 'stream-unknown':
      return 'the VPG in the configuration of its recovery VRA';
    case 'replica-incomplete':
      return 'a complete replica: the synchronization has not ended';
    case 'scratch-full':
      return 'space for the scratch';
    case 'storage-failed':
      return 'storage that answers: the journal or its datastore failed';
  }
}
