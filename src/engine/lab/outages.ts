/** What was done to the lab, for the timeline. Times are those of the universe. */
import type { Outage } from '../api.ts';

export class OutageLog {
  readonly #outages: Outage[] = [];
  /** Index of the one that lasts, by component; a snapshot's harm lasts beside any other. */
  readonly #open = new Map<string, number>();

  get all(): readonly Outage[] {
    return this.#outages;
  }

  /** Whether any lasts. */
  get anyOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Takes over what an earlier lab had on record. */
  restore(outages: readonly Outage[]): void {
    for (const outage of outages) {
      if (outage.to === undefined) {
        this.#open.set(keyOf(outage.component, outage.kind), this.#outages.length);
      }
      this.#outages.push(outage);
    }
  }

  begin(component: string, kind: Outage['kind'], from: number): void {
    const key = keyOf(component, kind);
    const open = this.#open.get(key);
    if (open !== undefined) {
      if (this.#outages[open]?.kind === kind) return;
      this.end(component, from);
    }
    this.#open.set(key, this.#outages.length);
    this.#outages.push({ component, kind, from });
  }

  end(component: string, to: number, kind?: Outage['kind']): void {
    const key = keyOf(component, kind);
    const index = this.#open.get(key);
    const outage = index === undefined ? undefined : this.#outages[index];
    if (index === undefined || !outage) return;
    this.#outages[index] = { ...outage, to };
    this.#open.delete(key);
  }
}

function keyOf(component: string, kind: Outage['kind'] | undefined): string {
  return kind === 'snapshot' ? `${component} ${kind}` : component;
}
