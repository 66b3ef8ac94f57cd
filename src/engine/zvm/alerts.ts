/** The alerts of a ZVM: what is raised, what was cleared, each under Zerto's identifier. */
import type { Alert } from '../api.ts';
import type { Instant } from '../world/world.ts';
import type { Outbox } from './events.ts';

export interface AlertText {
  readonly id: string;
  readonly level: 'warning' | 'error';
  readonly message: string;
  readonly vpgs: readonly string[];
}

export class AlertLog {
  readonly #site: string;
  readonly #outbox: Outbox;
  readonly #alerts: Alert[];
  /** Index of the raised alert, by identifier and subject. */
  readonly #raised = new Map<string, number>();

  constructor(site: string, outbox: Outbox, alerts: readonly Alert[] = []) {
    this.#site = site;
    this.#outbox = outbox;
    this.#alerts = [...alerts];
    for (const [index, alert] of alerts.entries()) {
      if (alert.cleared === undefined) this.#raised.set(keyOf(alert), index);
    }
  }

  /** All since the first start, in the order in which they were raised. */
  get all(): readonly Alert[] {
    return this.#alerts;
  }

  get anyRaised(): boolean {
    return this.#raised.size > 0;
  }

  /** Those that stand. */
  get raised(): readonly Alert[] {
    return [...this.#raised.values()].flatMap((index) => this.#alerts[index] ?? []);
  }

  /** Raises or clears an alert; nothing happens where it is so already. */
  set(text: AlertText, on: boolean, now: Instant): void {
    const key = keyOf(text);
    const index = this.#raised.get(key);
    if (on === (index !== undefined)) return;
    if (index === undefined) {
      const alert: Alert = { ...text, site: this.#site, raised: now };
      this.#raised.set(key, this.#alerts.length);
      this.#alerts.push(alert);
      this.#keep(this.#alerts.length - 1, alert);
    } else {
      this.#raised.delete(key);
      const alert = this.#alerts[index];
      if (!alert) return;
      this.#alerts[index] = { ...alert, cleared: now };
      this.#keep(index, this.#alerts[index]);
    }
  }

  #keep(index: number, alert: Alert): void {
    this.#outbox.keep({ kind: 'alert', index, alert });
  }
}

/** The message names the subject (which site, which VRA), so it tells two alerts of a kind apart. */
function keyOf(alert: AlertText): string {
  return `${alert.id} ${alert.message}`;
}
