/** Opens and closes journals for the receiver core: one thing at a time per folder. */
import { openJournal } from '../journal/journal.ts';
import type { Journal } from '../journal/journal.ts';
import type { World } from '../world/world.ts';
import type { ReceivingStream } from './receiving-stream.ts';

export interface JournalKeeperEvents {
  opened(stream: ReceivingStream, journal: Journal): void;
  failed(stream: ReceivingStream, failure: string): void;
}

type Step = (next: () => void) => void;

export class JournalKeeper {
  readonly #world: World;
  readonly #events: JournalKeeperEvents;
  /** What is still to do, by journal folder; the first is under way. */
  readonly #steps = new Map<string, Step[]>();

  constructor(world: World, events: JournalKeeperEvents) {
    this.#world = world;
    this.#events = events;
  }

  open(stream: ReceivingStream): void {
    const { settings } = stream;
    this.#add(settings.journalFolder, (next) => {
      openJournal(this.#world, settings, (error, journal) => {
        if (journal) this.#events.opened(stream, journal);
        else this.#events.failed(stream, error?.message ?? 'the journal did not open');
        next();
      });
    });
  }

  close(stream: ReceivingStream, journal: Journal, closed?: () => void): void {
    const step: Step = (next) => {
      // A failure to close leaves nothing to be done: what is durable is durable.
      journal.close(() => {
        closed?.();
        next();
      });
    };
    this.#add(stream.settings.journalFolder, step, true);
  }

  /** A close goes before what waits: an open that follows needs the files free. */
  #add(folder: string, step: Step, first = false): void {
    const steps = this.#steps.get(folder);
    if (!steps) {
      this.#steps.set(folder, [step]);
      this.#run(folder, step);
    } else if (first) {
      steps.splice(1, 0, step);
    } else {
      steps.push(step);
    }
  }

  #run(folder: string, step: Step): void {
    step(() => {
      const steps = this.#steps.get(folder);
      steps?.shift();
      const next = steps?.[0];
      if (next) this.#run(folder, next);
      else this.#steps.delete(folder);
    });
  }
}
