/** What takes its time on a VRA's host: power, recovered VMs, commits, copies. */
import { copyImage } from './copies.ts';
import type { HostAnswer, Hypervisor } from './hypervisor.ts';
import type { VraReply, VraTask } from './messages.ts';
import { Promotions } from './promotions.ts';
import type { PromotionSurroundings, TaskAnswer } from './promotions.ts';

/** Milliseconds between two words about how far a task has come. */
const progressInterval = 1_000;

type Discard = Extract<VraTask, { kind: 'discard-recovered' }>;

type TellProgress = (done: number, total: number) => void;

export interface TaskSurroundings extends Omit<PromotionSurroundings, 'isDiscarded'> {
  readonly hypervisor: Hypervisor | undefined;
}

export class Tasks {
  readonly #around: TaskSurroundings;
  readonly #promotions: Promotions;
  /** Under way; asked for again they answer once more. */
  readonly #running = new Map<string, ((reply: VraReply) => void)[]>();

  /** Images of recoveries that were rolled back. */
  readonly #discarded = new Set<string>();

  constructor(around: TaskSurroundings) {
    this.#around = around;
    this.#promotions = new Promotions({
      ...around,
      isDiscarded: (image) => this.#discarded.has(image),
    });
  }

  /** Whether none is under way. */
  get idle(): boolean {
    return this.#running.size === 0;
  }

  do(task: VraTask, reply: (reply: VraReply) => void): void {
    const running = this.#running.get(task.task);
    if (running) {
      running.push(reply);
      return;
    }
    const waiting = [reply];
    this.#running.set(task.task, waiting);
    const { clock } = this.#around.world;
    let toldAt = clock.now();
    const tell = (done: number, total: number): void => {
      const now = clock.now();
      if (now - toldAt < progressInterval) return;
      toldAt = now;
      for (const each of waiting) each({ kind: 'task-progress', task: task.task, done, total });
    };
    this.#begin(task, tell, (problem, lasting = false) => {
      this.#running.delete(task.task);
      const answer: VraReply =
        problem === undefined
          ? { kind: 'task-done', task: task.task }
          : { kind: 'task-failed', task: task.task, reason: problem, ...(lasting && { lasting }) };
      for (const each of waiting) each(answer);
    });
  }

  #begin(task: VraTask, tell: TellProgress, done: TaskAnswer): void {
    const { hypervisor, images } = this.#around;
    if (task.kind === 'copy') {
      this.#copy(task, tell, done);
      return;
    }
    if (task.kind === 'check-promotion') {
      this.#promotions.check(task, done);
      return;
    }
    if (!hypervisor) {
      done('no hypervisor answers on this host');
      return;
    }
    switch (task.kind) {
      case 'power':
        hypervisor.power(task.vm, task.to, done);
        return;
      case 'run-recovered': {
        const image = images.get(task.image);
        const stream = images.streamOf(task.image);
        if (stream !== undefined && this.#around.fences.fenced.has(stream)) {
          done(`${task.vm} is being committed`);
        } else if (image) hypervisor.run(task.vm, image, done);
        else done(`the image ${task.image} is not open`);
        return;
      }
      case 'discard-recovered':
        this.#discard(task, hypervisor, done);
        return;
      case 'promote':
        this.#promotions.promote(task, hypervisor, done);
        return;
    }
  }

  /**
   * Two ZVMs that are apart may decide differently at the same time. Who comes first to the VRA is right:
   * there is no way back from a commit, and none forward from a rollback.
   */
  #discard({ vm, stream, image }: Discard, hypervisor: Hypervisor, done: HostAnswer): void {
    if (this.#around.fences.fenced.has(stream)) {
      done(`${vm} is being committed`);
      return;
    }
    this.#discarded.add(image);
    hypervisor.discard(vm, done);
  }

  #copy(task: Extract<VraTask, { kind: 'copy' }>, tell: TellProgress, done: HostAnswer): void {
    const image = this.#around.images.get(task.image);
    if (!image) {
      done(`the image ${task.image} is not open`);
      return;
    }
    copyImage(this.#around.world, image, task.folder, task.part, tell, (problem, copy) => {
      if (copy) this.#around.images.addCopy(task.task, copy);
      done(problem);
    });
  }
}
