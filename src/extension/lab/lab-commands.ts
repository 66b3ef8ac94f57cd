/** Commands about the running lab. */
import * as vscode from 'vscode';
import { chooseTopology, uriOf } from '../choose-topology.ts';
import { browseFiles, type FileServices } from '../files/browse-files.ts';
import { labCommands } from '../ids.ts';
import type { Outlines } from '../outlines.ts';
import { isTrusted } from '../trust.ts';
import { boot } from './boot.ts';
import { choose, chooseVpg } from './choices.ts';
import { clone } from './clone.ts';
import { doHarm, type HarmVerb } from './harm-verbs.ts';
import { showAlerts } from './lab-alerts.ts';
import { showEvents } from './lab-events.ts';
import { showEngineLog, type LabNotices } from './lab-notices.ts';
import type { Lab } from './lab.ts';
import type { Labs } from './labs.ts';
import type { LabStarter } from './start-lab.ts';
import type { VpgVerb } from './vpg-phase.ts';
import { checkpointOf, componentOf, vpgOf, workloadOf } from './targets.ts';
import { vpgVerbs, type Target, type VpgServices } from './vpg-verbs.ts';

export interface LabServices extends VpgServices, FileServices {
  readonly outlines: Outlines;
  readonly labs: Labs;
  readonly starter: LabStarter;
  readonly notices: LabNotices;
  readonly timelines: { showLab(uri: string, name: string): void };
}

type Handler = (...args: unknown[]) => unknown;

const verbs: Readonly<Record<VpgVerb, (services: LabServices, target: Target) => Promise<void>>> = {
  ...vpgVerbs,
  clone,
  boot,
  'browse-files': browseFiles,
};

export function labHandlers(
  services: LabServices,
): Record<(typeof labCommands)[keyof typeof labCommands], Handler> {
  const harm = (verb: HarmVerb): Handler => {
    return async (argument) => {
      const lab = await chooseLab(services, argument, 'In which lab?');
      if (lab) await doHarm(services.outlines, lab, verb, componentOf(argument));
    };
  };
  const onVpg = (verb: VpgVerb, what: string): Handler => {
    return async (argument) => {
      const lab = await chooseLab(services, argument, 'In which lab?');
      if (!lab) return;
      const named = vpgOf(argument);
      const known = lab.snapshot.vpgs.find(({ name }) => name === named);
      const vpg = known ?? (await chooseVpg(lab, verb, what));
      if (!vpg) return;
      const title = `${what} of ${vpg.name}`;
      const target = { lab, vpg, title, checkpoint: checkpointOf(argument) };
      await verbs[verb](services, target);
    };
  };
  return {
    [labCommands.startLab]: (argument) => startLab(services, argument),
    [labCommands.stopLab]: async (argument) => {
      const lab = await chooseLab(services, argument, 'Which lab shall be stopped?');
      if (lab) await services.starter.stop(lab);
    },
    [labCommands.showEngineLog]: async (argument) => {
      const lab = await chooseLab(services, argument, 'The log of which lab?');
      if (lab) await showEngineLog(lab.engine.state);
    },
    [labCommands.copyDisk]: async (argument) => {
      const lab = await chooseLab(services, argument, 'A disk of which lab?');
      if (lab) await copyDiskAddress(lab);
    },
    [labCommands.showAlerts]: async (argument) => {
      const lab = await chooseLab(services, argument, 'The alerts of which lab?');
      if (lab) await showAlerts(lab);
    },
    [labCommands.showEvents]: async (argument) => {
      const lab = await chooseLab(services, argument, 'The events of which lab?');
      if (lab) await showEvents(lab);
    },
    [labCommands.showLabTimeline]: async (argument) => {
      const lab = await chooseLab(services, argument, 'The timeline of which lab?');
      if (lab) services.timelines.showLab(lab.uri, services.starter.nameOf(lab.uri));
    },
    [labCommands.powerOff]: harm('power-off'),
    [labCommands.powerOn]: harm('power-on'),
    [labCommands.crash]: harm('crash'),
    [labCommands.reboot]: harm('reboot'),
    [labCommands.cutLink]: harm('cut-link'),
    [labCommands.healLink]: harm('heal-link'),
    [labCommands.degradeLink]: harm('degrade-link'),
    [labCommands.failoverTest]: onVpg('failover-test', 'Failover test'),
    [labCommands.stopTest]: onVpg('stop-test', 'Stop of the failover test'),
    [labCommands.failover]: onVpg('failover', 'Failover'),
    [labCommands.commit]: onVpg('commit', 'Commit'),
    [labCommands.rollback]: onVpg('rollback', 'Rollback'),
    [labCommands.move]: onVpg('move', 'Move'),
    [labCommands.clone]: onVpg('clone', 'Clone'),
    [labCommands.reverseProtect]: onVpg('reverse-protect', 'Reverse protection'),
    [labCommands.pause]: onVpg('pause', 'Pause'),
    [labCommands.resume]: onVpg('resume', 'Resume'),
    [labCommands.forceSync]: onVpg('force-sync', 'Force sync'),
    [labCommands.checkpoint]: onVpg('checkpoint', 'Tagged checkpoint'),
    [labCommands.applicationCheckpoint]: onVpg(
      'application-checkpoint',
      'Application-consistent checkpoint',
    ),
    [labCommands.boot]: onVpg('boot', 'Boot'),
    [labCommands.browseFiles]: onVpg('browse-files', 'Files'),
  };
}

async function startLab(
  { outlines, starter, notices }: LabServices,
  argument: unknown,
): Promise<void> {
  if (!isTrusted('Labs')) return;
  const asked = uriOf(argument);
  const uri =
    (asked === undefined ? undefined : outlines.ofFile(asked)[0]?.uri) ??
    (await chooseTopology(outlines.all(), 'The lab of which topology shall be started?'));
  if (uri === undefined) return;
  try {
    await starter.start(uri, workloadOf(argument));
  } catch (error) {
    await notices.explain(error);
  }
}

/** The lab that is meant: that of a tree node or of the active editor, the only one, or what is picked. */
export async function chooseLab(
  { outlines, labs }: Pick<LabServices, 'outlines' | 'labs'>,
  argument: unknown,
  question: string,
): Promise<Lab | undefined> {
  const asked = uriOf(argument);
  const own = asked === undefined ? undefined : labs.of(outlines.ofFile(asked)[0]?.uri ?? asked);
  if (own) return own;
  const running = outlines.all().filter(({ uri }) => labs.of(uri));
  if (running.length === 0) {
    void vscode.window
      .showInformationMessage('No lab runs in this window.', 'Start Lab')
      .then((choice) => {
        if (choice !== undefined) void vscode.commands.executeCommand(labCommands.startLab, asked);
      });
    return undefined;
  }
  const uri = await chooseTopology(running, question);
  return uri === undefined ? undefined : labs.of(uri);
}

async function copyDiskAddress(lab: Lab): Promise<void> {
  const [disks, images] = await Promise.all([
    lab.ask({ kind: 'disks' }),
    lab.ask({ kind: 'images' }),
  ]);
  const item = (what: string) => {
    return ({ disk, uri }: { disk: string; uri: string }) => ({
      label: disk,
      description: what,
      detail: uri,
      value: uri,
    });
  };
  const items = [...disks.map(item('protected disk')), ...images.map(item('recovered disk'))];
  const title = 'Copy NBD Address of a Disk';
  const chosen = await choose(
    title,
    'Of which disk? QEMU, nbdcopy and fio take the address.',
    items,
  );
  if (!chosen) return;
  await vscode.env.clipboard.writeText(chosen.value);
  vscode.window.setStatusBarMessage(`$(check) The address of ${chosen.label} is copied`, 5000);
}
