/** What a failover or a move has to be told, asked step by step. */
import * as vscode from 'vscode';
import type { RecoveryOptions, VpgSnapshot } from '../../engine/api.ts';
import { choose, type Choice } from './choices.ts';

type Policy = NonNullable<RecoveryOptions['commitPolicy']>;

/** How it ends, once the recovered VMs run. */
export async function chooseCommitPolicy(
  title: string,
): Promise<{ readonly commitPolicy: Policy | undefined; readonly label: string } | undefined> {
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
      detail: "After the VPG's commit timeout, unless you decide before",
      value: 'commit',
    },
    {
      label: 'Roll back by itself',
      detail: "After the VPG's commit timeout, unless you decide before",
      value: 'rollback',
    },
  ];
  const chosen = await choose(title, 'How does it end?', items);
  return chosen && { commitPolicy: chosen.value, label: chosen.label };
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
    title,
    prompt: 'What the report shall note. Empty for nothing.',
    placeHolder: 'Who tested, what was looked at, what was found',
  });
  return notes === undefined ? undefined : { success: verdict.value, notes: notes || undefined };
}
