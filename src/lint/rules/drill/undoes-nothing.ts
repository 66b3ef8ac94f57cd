import type { DrillAction } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';
import { stepsInOrder } from './moments.ts';

export const undoesNothing: Rule = {
  name: 'drill/undoes-nothing',
  title: 'A step undoes what no earlier step did',
  severity: 'hint',
  facts: [],
  check({ topology, report }) {
    for (const drill of topology.drills.values()) {
      const before = new Past();
      for (const { action } of stepsInOrder(drill)) {
        if (!action) continue;
        const missing = before.missing(action);
        if (missing !== undefined) {
          report({
            at: action.place,
            message: `${missing} before this step, so it changes nothing in ${drill.name}.`,
          });
        }
        before.add(action);
      }
    }
  },
};

/** What the steps up to now have done. */
class Past {
  readonly #off = new Set<string>();
  readonly #links = new Set<string>();
  readonly #tests = new Set<string>();
  readonly #paused = new Set<string>();

  add(action: DrillAction): void {
    switch (action.verb) {
      case 'powerOff':
      case 'crash':
        this.#off.add(action.component.name);
        return;
      case 'cut':
      case 'degrade':
        this.#links.add(action.link.name);
        return;
      case 'failoverTest':
        this.#tests.add(action.vpg.name);
        return;
      case 'pause':
        this.#paused.add(action.vpg.name);
        return;
      default:
    }
  }

  /** What would have had to be done for the action to undo something; undefined where it was. */
  missing(action: DrillAction): string | undefined {
    switch (action.verb) {
      case 'powerOn': {
        const { name } = action.component;
        return this.#isOff(name) ? undefined : `Nothing switches ${name} off`;
      }
      case 'heal':
        return this.#links.has(action.link.name)
          ? undefined
          : `Nothing cuts or degrades ${action.link.name}`;
      case 'stopTest':
        return this.#tests.has(action.vpg.name)
          ? undefined
          : `No failover test of ${action.vpg.name} is started`;
      case 'resume':
        return this.#paused.has(action.vpg.name) ? undefined : `Nothing pauses ${action.vpg.name}`;
      default:
        return undefined;
    }
  }

  /** It, something that it stands on, or something that stands on it: `Site`, `Site/host/vra`. */
  #isOff(name: string): boolean {
    for (const each of this.#off) {
      if (each === name || each.startsWith(`${name}/`) || name.startsWith(`${each}/`)) return true;
    }
    return false;
  }
}
