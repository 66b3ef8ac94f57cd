/** Pick lists in which a command asks for what it still has to know. Undefined: the user has left. */
import * as vscode from 'vscode';
import type { CheckpointSelector, VpgSnapshot } from '../../engine/api.ts';
import { checkpointRows, describeCause, formatLength } from '../checkpoint-rows.ts';
import { clockTime, readClockTime } from './clock-time.ts';
import { stateOf, type Component, type ComponentState } from './components.ts';
import type { Lab } from './lab.ts';
import { fitsPhase, phaseOf, type VpgVerb } from './vpg-phase.ts';

/** Rows of checkpoints in a list; any other is found by its time. */
const mostRows = 500;

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

type Item<T> = Choice<T> | { readonly label: string; readonly kind: vscode.QuickPickItemKind };

/**
 * What is asked step by step goes on when something else takes the focus, such as a report that opens meanwhile;
 * Escape ends it.
 */
export const stays = { ignoreFocusOut: true } as const;

export async function choose<T>(
  title: string,
  placeHolder: string,
  items: readonly Item<T>[],
): Promise<Choice<T> | undefined> {
  const options = { ...stays, title, placeHolder, matchOnDescription: true, matchOnDetail: true };
  const chosen = await vscode.window.showQuickPick([...items], options);
  return chosen && 'value' in chosen ? chosen : undefined;
}

/** One of those that the verb fits; where it fits none, all of them, so that the engine says why. */
export async function chooseVpg(
  lab: Lab,
  verb: VpgVerb,
  title: string,
): Promise<VpgSnapshot | undefined> {
  const { vpgs } = lab.snapshot;
  const fitting = vpgs.filter((vpg) => fitsPhase(verb, phaseOf(vpg, lab.snapshot)));
  const offered = fitting.length > 0 ? fitting : vpgs;
  const [only, ...others] = offered;
  if (only && others.length === 0) return only;
  const items = offered.map((vpg) => ({
    label: vpg.name,
    description: `${vpg.from} → ${vpg.to}`,
    detail: describeVpg(vpg),
    value: vpg,
  }));
  return (await choose(title, 'Which VPG?', items))?.value;
}

export function describeVpg(vpg: VpgSnapshot): string {
  const sub = vpg.subStatus === 'None' ? '' : ` (${vpg.subStatus})`;
  const rpo = vpg.rpo === undefined ? 'RPO not measured' : `RPO ${formatLength(vpg.rpo)}`;
  return `${vpg.status}${sub}, ${rpo}`;
}

/** The newest first, with the gaps between them; those with a tag come before all others. */
export async function chooseCheckpoint({
  lab,
  vpg,
  title,
  checkpoint,
}: {
  readonly lab: Lab;
  readonly vpg: VpgSnapshot;
  readonly title: string;
  /** One that is chosen already. */
  readonly checkpoint?: { readonly id: number; readonly time: number } | undefined;
}): Promise<{ readonly selector: CheckpointSelector; readonly label: string } | undefined> {
  const { now } = lab.snapshot;
  const { newest, oldest, tagged } = vpg.checkpoints;
  const at = (time: number): string => clockTime(time, now);
  if (checkpoint) {
    return { selector: { kind: 'id', id: checkpoint.id }, label: at(checkpoint.time) };
  }
  const ago = (time: number): string => `${formatLength(Math.max(0, now - time))} ago`;
  const separator = (label: string): Item<never> => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
  });
  const items: Item<CheckpointSelector | 'time'>[] = [
    {
      label: '$(arrow-up) Latest',
      description: newest === undefined ? 'there is none' : `${at(newest)}, ${ago(newest)}`,
      value: { kind: 'latest' },
    },
    {
      label: '$(calendar) At a time…',
      description: 'the newest one not after it',
      value: 'time',
    },
    ...(tagged.length > 0 ? [separator('tagged')] : []),
    ...[...tagged].reverse().map(({ id, time, tag }) => ({
      label: `$(tag) ${tag}`,
      description: `${at(time)}, ${ago(time)}`,
      value: { kind: 'id', id } as const,
    })),
    ...(newest === undefined ? [] : [separator('newest first')]),
    ...checkpointRows(vpg, mostRows).map((row) => {
      if (row.kind === 'checkpoint') {
        return {
          label: at(row.time),
          description: [ago(row.time), row.tag].filter(Boolean).join(' · '),
          value: { kind: 'id', id: row.id } as const,
        };
      }
      const length = formatLength((row.gap.to ?? now) - row.gap.from);
      return separator(`none for ${length}: ${describeCause(row.gap)}`);
    }),
  ];
  const chosen = await choose(title, `Which checkpoint of ${vpg.name}?`, items);
  if (!chosen) return undefined;
  if (chosen.value !== 'time') {
    const label = chosen.label.replace(/^\$\([\w-]+\) /, '').replace('Latest', 'the latest one');
    return { selector: chosen.value, label };
  }
  const text = await vscode.window.showInputBox({
    ...stays,
    title,
    prompt: `The newest checkpoint not after this time. There are some from ${oldest === undefined ? '–' : at(oldest)} to ${newest === undefined ? '–' : at(newest)}.`,
    placeHolder: 'HH:MM:SS or YYYY-MM-DD HH:MM:SS',
    ...(newest === undefined ? {} : { value: at(newest) }),
    validateInput: (value) =>
      readClockTime(value, now) === undefined
        ? 'A time such as 14:03:05 or 2026-01-31 14:03:05.'
        : undefined,
  });
  const time = text === undefined ? undefined : readClockTime(text, now);
  if (time === undefined) return undefined;
  return { selector: { kind: 'time', time, inclusive: true }, label: `${at(time)} or before` };
}

const icons: Readonly<Record<Component['kind'], string>> = {
  site: 'home',
  zvm: 'server-process',
  host: 'server',
  vra: 'sync',
  link: 'arrow-both',
};

export async function chooseComponent(
  lab: Lab,
  components: readonly Component[],
  fits: (state: ComponentState) => boolean,
  title: string,
): Promise<Component | undefined> {
  const items = components
    .map((component) => ({ component, state: stateOf(component, lab.snapshot) }))
    .filter(({ state }) => fits(state))
    .map(({ component, state }) => ({
      label: `$(${icons[component.kind]}) ${component.name}`,
      description: state,
      value: component,
    }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      `${title}: there is nothing that it could be done to.`,
    );
    return undefined;
  }
  return (await choose(title, 'Which one?', items))?.value;
}
