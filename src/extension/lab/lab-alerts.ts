/** Tells of alerts that the ZVMs of running labs raise: one message for all that come together, and no storm. */
import * as vscode from 'vscode';
import type { Alert, LabSnapshot } from '../../engine/api.ts';
import { labCommands } from '../ids.ts';
import { choose } from './choices.ts';
import { clockTime } from './clock-time.ts';
import type { Lab } from './lab.ts';
import type { Labs } from './labs.ts';

/** Milliseconds for which alerts are gathered: one cause raises several, on both sites. */
const gatherTime = 4000;
/** Milliseconds until the next message, where nobody has closed the last one. */
const quietTime = 60_000;
/** Messages of a notification; the list has the others. */
const mostTold = 3;

export class LabAlerts implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;
  readonly #followed = new WeakSet<Lab>();
  /** Labs of which somebody is being told. */
  readonly #busy = new Set<string>();

  constructor(labs: Labs) {
    this.#subscription = labs.onDidChange((uri) => {
      const lab = labs.of(uri);
      if (!lab || this.#followed.has(lab)) return;
      this.#followed.add(lab);
      lab.onDidHappen(({ kind }) => {
        if (kind === 'alert-raised') this.#gather(lab);
      });
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #gather(lab: Lab): void {
    if (this.#busy.has(lab.uri)) return;
    this.#busy.add(lab.uri);
    const since = lab.snapshot.now - gatherTime;
    setTimeout(() => {
      const fresh = standing(lab.snapshot).filter(({ raised }) => raised >= since);
      const told = fresh.length === 0 ? Promise.resolve() : tell(lab, fresh);
      // A message that nobody closes does not keep the next one from being told.
      const patience = new Promise((resolve) => setTimeout(resolve, quietTime));
      void Promise.race([told, patience]).finally(() => this.#busy.delete(lab.uri));
    }, gatherTime);
  }
}

async function tell(lab: Lab, alerts: readonly Alert[]): Promise<void> {
  const words = alerts
    .slice(0, mostTold)
    .map(({ id, site, message }) => `${id} at ${site}: ${message}`);
  const more = alerts.length - words.length;
  const text = `${words.join(' · ')}${more > 0 ? ` · and ${String(more)} more` : ''}`;
  const show = 'Show Alerts';
  const isBad = alerts.some(({ level }) => level === 'error');
  const choice = await (isBad
    ? vscode.window.showErrorMessage(text, show)
    : vscode.window.showWarningMessage(text, show));
  if (choice === show) await vscode.commands.executeCommand(labCommands.showAlerts, lab.uri);
}

/** Those that stand come first, then those that are over; the newest of each on top. */
export async function showAlerts(lab: Lab): Promise<void> {
  const { alerts, now } = lab.snapshot;
  if (alerts.length === 0) {
    void vscode.window.showInformationMessage('No alert has been raised.');
    return;
  }
  const item = (alert: Alert) => {
    const { id, level, site, message, raised, cleared } = alert;
    const until = cleared === undefined ? '' : ` to ${clockTime(cleared, now)}`;
    const icon = cleared === undefined ? level : 'pass';
    return {
      label: `$(${icon}) ${id} at ${site}`,
      description: `${clockTime(raised, now)}${until}`,
      detail: message,
      value: alert,
    };
  };
  const over = alerts.filter(({ cleared }) => cleared !== undefined).reverse();
  const items = [
    ...standing(lab.snapshot).reverse().map(item),
    ...(over.length > 0 ? [{ label: 'over', kind: vscode.QuickPickItemKind.Separator }] : []),
    ...over.map(item),
  ];
  const chosen = await choose('Alerts', 'Enter copies one', items);
  if (!chosen) return;
  const { id, site, message } = chosen.value;
  await vscode.env.clipboard.writeText(`${id} at ${site}: ${message}`);
}

function standing({ alerts }: LabSnapshot): Alert[] {
  return alerts.filter(({ cleared }) => cleared === undefined);
}
