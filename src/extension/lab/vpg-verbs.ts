/** What can be done with a VPG of the running lab: what each verb asks, has confirmed, and tells. */
import * as vscode from 'vscode';
import type { RecoveryOptions, Request, VpgSnapshot } from '../../engine/api.ts';
import { labCommands } from '../ids.ts';
import { chooseCheckpoint, choose, stays } from './choices.ts';
import type { Dialogs } from './dialogs.ts';
import type { Lab } from './lab.ts';
import type { Performer } from './perform.ts';
import {
  chooseEnding,
  chooseReverse,
  chooseShutdown,
  chooseVerdict,
  chooseVms,
  type Ending,
} from './recovery-choices.ts';
import { hasStarted, recoveryOf, type VpgVerb } from './vpg-phase.ts';

export interface VpgServices {
  readonly performer: Performer;
  readonly dialogs: Dialogs;
}

export interface Target {
  readonly lab: Lab;
  readonly vpg: VpgSnapshot;
  /** Such as `Failover of shop`. */
  readonly title: string;
  /** The one that the command was called on; it is asked for otherwise. */
  readonly checkpoint?: { readonly id: number; readonly time: number } | undefined;
}

export type Verb = (services: VpgServices, target: Target) => Promise<void>;

/** All but those about files and programs; see `clone.ts`, `boot.ts` and `files/browse-files.ts`. */
export const vpgVerbs: Readonly<Record<Exclude<VpgVerb, 'clone' | 'boot' | 'browse-files'>, Verb>> =
  {
    'failover-test': async ({ performer }, target) => {
      const { lab, vpg, title } = target;
      const chosen = await chooseCheckpoint(target);
      if (!chosen) return;
      const some = await chooseVms(title, vpg);
      if (!some) return;
      const request = {
        kind: 'failover-test',
        vpg: vpg.name,
        checkpoint: chosen.selector,
        ...some,
      } as const;
      const reply = await performer.ask(lab, title, request);
      if (!reply) return;
      const operation = await operationNamed(lab, reply.operation);
      performer.tell(
        lab,
        `The failover test of ${vpg.name} runs, beside the replication. ${shortfallsOf(reply.shortfalls)}`.trim(),
        operation,
        {
          'Stop Test': () =>
            vscode.commands.executeCommand(labCommands.stopTest, targetOf(lab, vpg)),
          'Copy Addresses': () =>
            vscode.env.clipboard.writeText(Object.values(reply.images ?? {}).join('\n')),
        },
      );
    },

    'stop-test': async ({ performer }, { lab, vpg, title }) => {
      const verdict = await chooseVerdict(title);
      if (!verdict) return;
      const test = lab.snapshot.operations.findLast(
        (each) => each.verb === 'failover-test' && each.vpg === vpg.name,
      );
      const reply = await performer.ask(lab, title, {
        kind: 'stop-test',
        vpg: vpg.name,
        ...verdict,
      });
      const id = reply?.operation ?? test?.id;
      if (reply && id !== undefined) await performer.showReport(lab, id);
    },

    failover: async (services, target) => {
      const { vpg, title } = target;
      const chosen = await chooseCheckpoint(target);
      if (!chosen) return;
      const ending = await chooseEnding(title, vpg);
      if (!ending) return;
      const shutdown = await chooseShutdown(title, vpg);
      if (!shutdown) return;
      const confirmed = await services.dialogs.confirm(
        `Fail ${vpg.name} over to ${vpg.to}?`,
        `${vpg.vms.join(', ')} will run in ${vpg.to} from ${chosen.label}. What was written after that checkpoint is not in them. Until it is committed it can be rolled back. (${ending.label})`,
        'Fail Over',
      );
      if (!confirmed) return;
      await recover(services, target, {
        kind: 'failover',
        vpg: vpg.name,
        checkpoint: chosen.selector,
        shutdown,
        ...optionsOf(ending),
      });
    },

    move: async (services, target) => {
      const { vpg, title } = target;
      const ending = await chooseEnding(title, vpg);
      if (!ending) return;
      const force = await choose(title, `What if a VM in ${vpg.from} does not shut down?`, [
        { label: 'Refuse to move', detail: 'Nothing is changed', value: false },
        { label: 'Switch it off', detail: 'What it has not written is lost', value: true },
      ]);
      if (!force) return;
      const confirmed = await services.dialogs.confirm(
        `Move ${vpg.name} to ${vpg.to}?`,
        `${vpg.vms.join(', ')} are shut down in ${vpg.from}, everything is sent, and they run in ${vpg.to}. Until it is committed it can be rolled back. (${ending.label})`,
        'Move',
      );
      if (!confirmed) return;
      await recover(services, target, {
        kind: 'move',
        vpg: vpg.name,
        force: force.value,
        ...optionsOf(ending),
      });
    },

    commit: async ({ performer, dialogs }, { lab, vpg, title }) => {
      const reverse = await chooseReverse(title, vpg);
      if (!reverse) return;
      const confirmed = await dialogs.confirm(
        `Commit the recovery of ${vpg.name}?`,
        `The recovered VMs stay where they run, and there is no way back to another checkpoint: the journal is given up.`,
        'Commit',
      );
      if (!confirmed) return;
      const recovery = recoveryOf(vpg, lab.snapshot.operations)?.id;
      const reply = await performer.ask(lab, title, { kind: 'commit', vpg: vpg.name, ...reverse });
      if (!reply) return;
      void vscode.window.showInformationMessage(
        `${vpg.name} is committed. ${shortfallsOf(reply.shortfalls)}`.trim(),
      );
      const id = recovery ?? reply.operation;
      if (id !== undefined) await performer.showReport(lab, id);
    },

    rollback: async ({ performer, dialogs }, { lab, vpg, title }) => {
      const confirmed = await dialogs.confirm(
        `Roll the recovery of ${vpg.name} back?`,
        'The recovered VMs are discarded with everything that was written to them, and replication goes on where it stood.',
        'Roll Back',
      );
      if (!confirmed) return;
      const recovery = recoveryOf(vpg, lab.snapshot.operations)?.id;
      const reply = await performer.ask(lab, title, { kind: 'rollback', vpg: vpg.name });
      if (!reply) return;
      const operation = await operationNamed(lab, recovery ?? reply.operation);
      performer.tell(lab, `${vpg.name} is rolled back.`, operation, {
        'Fail Over to Another Checkpoint': () =>
          vscode.commands.executeCommand(labCommands.failover, targetOf(lab, vpg)),
      });
    },

    'reverse-protect': async ({ performer, dialogs }, { lab, vpg, title }) => {
      const confirmed = await dialogs.confirm(
        `Protect ${vpg.name} in the other direction?`,
        `Its VMs replicate back. The disks that were protected before become their replica: what those hold by themselves is overwritten.`,
        'Reverse Protect',
      );
      if (!confirmed) return;
      await plain(performer, lab, title, { kind: 'reverse-protect', vpg: vpg.name });
    },

    pause: ({ performer }, { lab, vpg, title }) =>
      plain(performer, lab, title, { kind: 'pause', vpg: vpg.name }),

    resume: ({ performer }, { lab, vpg, title }) =>
      plain(performer, lab, title, { kind: 'resume', vpg: vpg.name }),

    'force-sync': ({ performer }, { lab, vpg, title }) =>
      plain(performer, lab, title, { kind: 'force-sync', vpg: vpg.name }),

    checkpoint: (services, target) => insertCheckpoint(services, target, false),

    'application-checkpoint': (services, target) => insertCheckpoint(services, target, true),
  };

/** With `application` the VPG's freeze script keeps the applications still meanwhile. */
async function insertCheckpoint(
  { performer }: VpgServices,
  { lab, vpg, title }: Target,
  application: boolean,
): Promise<void> {
  const tag = await vscode.window.showInputBox({
    ...stays,
    title,
    prompt: 'What the checkpoint is to be found by.',
    placeHolder: 'before the upgrade',
    validateInput: (text) =>
      text.trim() === '' || text.length > 200 ? 'A tag of 1 to 200 characters.' : undefined,
  });
  if (tag === undefined) return;
  await plain(performer, lab, title, {
    kind: 'checkpoint',
    vpg: vpg.name,
    tag: tag.trim(),
    application,
  });
}

function optionsOf({ commitPolicy, commitTimeout, reverseProtection }: Ending): RecoveryOptions {
  return { commitPolicy, commitTimeout, reverseProtection };
}

/** What commands are handed for a VPG; the tree's nodes have the same shape. */
export function targetOf(lab: Lab, vpg: VpgSnapshot): object {
  return { uri: lab.uri, vpg: vpg.name };
}

async function recover(
  { performer }: VpgServices,
  { lab, vpg, title }: Target,
  request: Extract<Request, { kind: 'failover' | 'move' }>,
): Promise<void> {
  const reply = await performer.ask(
    lab,
    title,
    request,
    (operation) => operation !== undefined && hasStarted(operation),
  );
  if (!reply) return;
  const operation = await operationNamed(lab, reply.operation);
  const target = targetOf(lab, vpg);
  const shortfalls = shortfallsOf(reply.shortfalls);
  performer.tell(
    lab,
    `The VMs of ${vpg.name} run in ${vpg.to}. ${shortfalls}`.trim(),
    operation,
    operation?.outcome === undefined
      ? {
          Commit: () => vscode.commands.executeCommand(labCommands.commit, target),
          'Roll Back': () => vscode.commands.executeCommand(labCommands.rollback, target),
        }
      : {},
  );
}

async function plain(
  performer: Performer,
  lab: Lab,
  title: string,
  request: Extract<Request, { vpg: string }>,
): Promise<void> {
  const reply = await performer.ask(lab, title, request);
  if (!reply) return;
  const operation = await operationNamed(lab, reply.operation);
  const at = reply.checkpoint ? `, checkpoint ${String(reply.checkpoint.id)}` : '';
  performer.tell(lab, `${title}: done${at}. ${shortfallsOf(reply.shortfalls)}`.trim(), operation);
}

async function operationNamed(lab: Lab, id: string | undefined) {
  if (id === undefined) return undefined;
  const { operations } = await lab.ask({ kind: 'snapshot' });
  return operations.find((each) => each.id === id);
}

function shortfallsOf(shortfalls: readonly string[] = []): string {
  return shortfalls.length === 0 ? '' : `Not as wanted: ${shortfalls.join('; ')}.`;
}
