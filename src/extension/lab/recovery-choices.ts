/** What a failover or a move has to be told, asked step by step. */
import * as vscode from 'vscode';
import type { RecoveryOptions, VpgSnapshot } from '../../engine/api.ts';
import { parseDuration } from '../../topology/quantities.ts';
import { choose, stays, type Choice } from './choices.ts';

type Policy = NonNullable<RecoveryOptions['commitPolicy']>;

/** How a recovery ends; undefined stands for what the VPG declares. */
export interface Ending {
  readonly commitPolicy: Policy | undefined;
  /** Milliseconds. */
  readonly commitTimeout: number | undefined;
  readonly reverseProtection: boolean | undefined;
  /** For people. */
  readonly label: string;
}

/** How it ends, once the recovered VMs run. */
export async function chooseEnding(title: string, vpg: VpgSnapshot): Promise<Ending | undefined> {
  const items: Choice<Policy | undefined>[] = [
    {
      label: 'As the VPG says',
      detail: 'The commit policy and timeout that the topology declares',
      value: undefined,
    },
    {
      label: 'I decide',
      detail: 'The recovered VMs run until you commit or roll back',
      value: 'none',
    },
    {
      label: 'Commit by itself',
      detail: 'After a while, unless you decide before',
      value: 'commit',
    },
    {
      label: 'Roll back by itself',
      detail: 'After a while, unless you decide before',
      value: 'rollback',
    },
  ];
  const chosen = await choose(title, 'How does it end?', items);
  if (!chosen) return undefined;
  const { value: commitPolicy, label } = chosen;
  if (commitPolicy === undefined || commitPolicy === 'none') {
    return { commitPolicy, commitTimeout: undefined, reverseProtection: undefined, label };
  }
  const timeout = await chooseTimeout(title, label);
  if (!timeout) return undefined;
  const after = timeout.text === '' ? "after the VPG's commit timeout" : `after ${timeout.text}`;
  const reverse =
    commitPolicy === 'commit' ? await chooseReverse(title, vpg) : { reverseProtection: undefined };
  return (
    reverse && {
      commitPolicy,
      commitTimeout: timeout.milliseconds,
      ...reverse,
      label: `${label} ${after}`,
    }
  );
}

async function chooseTimeout(
  title: string,
  what: string,
): Promise<{ readonly milliseconds: number | undefined; readonly text: string } | undefined> {
  const read = (text: string) => (text.trim() === '' ? undefined : parseDuration(text.trim()));
  const text = await vscode.window.showInputBox({
    ...stays,
    title,
    prompt: `${what} after how long? Empty: after the commit timeout of the VPG.`,
    placeHolder: '30m',
    validateInput: (typed) => {
      const duration = read(typed);
      return duration === undefined || duration.ok ? undefined : duration.message;
    },
  });
  if (text === undefined) return undefined;
  const duration = read(text);
  if (duration === undefined) return { milliseconds: undefined, text: '' };
  // The box takes nothing else.
  return duration.ok ? { milliseconds: duration.value, text: text.trim() } : undefined;
}

/** Those VMs that it is about; `vms` is undefined where that is all of them, and nothing is asked of a single one. */
export async function chooseVms(
  title: string,
  vpg: VpgSnapshot,
): Promise<{ readonly vms: readonly string[] | undefined } | undefined> {
  if (vpg.vms.length < 2) return { vms: undefined };
  const items = vpg.vms.map((label) => ({ label, picked: true }));
  const options = { ...stays, title, placeHolder: 'Which VMs?', canPickMany: true } as const;
  const chosen = await vscode.window.showQuickPick(items, options);
  if (!chosen) return undefined;
  if (chosen.length === 0) {
    void vscode.window.showInformationMessage(`${title}: no VM was chosen, so nothing is done.`);
    return undefined;
  }
  const isAll = chosen.length === vpg.vms.length;
  return { vms: isAll ? undefined : chosen.map(({ label }) => label) };
}

type Shutdown = 'none' | 'shutdown' | 'force';

/** What becomes of the VMs that are protected, where they can be reached. */
export async function chooseShutdown(
  title: string,
  { from }: VpgSnapshot,
): Promise<Shutdown | undefined> {
  const items: Choice<Shutdown>[] = [
    {
      label: `Leave the VMs in ${from} alone`,
      detail: 'They are lost, or go on beside the recovered ones',
      value: 'none',
    },
    {
      label: `Shut the VMs in ${from} down`,
      detail: 'Refused where one does not shut down',
      value: 'shutdown',
    },
    { label: `Switch the VMs in ${from} off`, detail: 'Whatever they do', value: 'force' },
  ];
  return (await choose(title, 'What becomes of the protected VMs?', items))?.value;
}

/** Whether what was recovered replicates back from then on. */
export async function chooseReverse(
  title: string,
  vpg: VpgSnapshot,
): Promise<{ readonly reverseProtection: boolean | undefined } | undefined> {
  const items: Choice<boolean | undefined>[] = [
    { label: 'As the VPG says', detail: 'What the topology declares', value: undefined },
    {
      label: 'With reverse protection',
      detail: `The VMs replicate back; the old disks in ${vpg.from} become their replica`,
      value: true,
    },
    {
      label: 'Without reverse protection',
      detail: `Nothing protects the VMs until you reverse protect them; the old disks in ${vpg.from} stay as they are`,
      value: false,
    },
  ];
  const chosen = await choose(title, 'Are they protected in the other direction?', items);
  return chosen && { reverseProtection: chosen.value };
}

/** How those who tested call it, and what they note. */
export async function chooseVerdict(
  title: string,
): Promise<{ readonly success: boolean; readonly notes: string | undefined } | undefined> {
  const items: Choice<boolean>[] = [
    { label: '$(pass) The test was a success', value: true },
    { label: '$(error) The test failed', value: false },
  ];
  const verdict = await choose(
    title,
    'What was written to the test is discarded. How did it go?',
    items,
  );
  if (!verdict) return undefined;
  const notes = await vscode.window.showInputBox({
    ...stays,
    title,
    prompt: 'What the report shall note. Empty for nothing.',
    placeHolder: 'Who tested, what was looked at, what was found',
  });
  return notes === undefined ? undefined : { success: verdict.value, notes: notes || undefined };
}
