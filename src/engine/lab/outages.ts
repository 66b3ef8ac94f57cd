/** What was done to the lab, for the timeline. Times are those of the universe. */
import type { Outage } from '../api.ts';

export class OutageLog {
  readonly #outages: Outage[] = [];
  /** Index of the one that lasts, by component. */
  readonly #open = new Map<string, number>();

  get all(): readonly Outage[] {
    return this.#outages;
  }

  begin(component: string, kind: Outage['kind'], from: number): void {
    const open = this.#open.get(component);
    if (open !== undefined) {
      if (this.#outages[open]?.kind === kind) return;
      this.end(component, from);
    }
    this.#open.set(component, this.#outages.length);
    this.#outages.push({ component, kind, from });
  }

  end(component: string, to: number): void {
    const index = this.#open.get(component);
    const outage = index === undefined ? undefined : this.#outages[index];
    if (index === undefined || !outage) return;
    this.#outages[index] = { ...outage, to };
    this.#open.delete(component);
  }
}
