/** Everything that has happened in a running lab, in a list. */
import * as vscode from 'vscode';
import { choose } from './choices.ts';
import { clockTime } from './clock-time.ts';
import type { Lab } from './lab.ts';

/** Rows of the list; `tidemark events` prints all. */
const mostRows = 1000;

const icons = { information: 'info', warning: 'warning', error: 'error' } as const;

/** The newest first. */
export async function showEvents(lab: Lab): Promise<void> {
  const events = await lab.ask({ kind: 'events' });
  const { now } = lab.snapshot;
  const items = events
    .slice(-mostRows)
    .reverse()
    .map(({ at, severity, message }) => ({
      label: `$(${icons[severity]}) ${message}`,
      description: clockTime(at, now),
      value: message,
    }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage('Nothing has happened yet.');
    return;
  }
  const rows = String(mostRows);
  const older = events.length > mostRows ? `, the newest ${rows} of ${String(events.length)}` : '';
  const chosen = await choose('Events', `Enter copies one${older}`, items);
  if (chosen) await vscode.env.clipboard.writeText(chosen.value);
}
