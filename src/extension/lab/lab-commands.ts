/** Commands about the running lab. */
import * as vscode from 'vscode';
import { chooseTopology, uriOf } from '../choose-topology.ts';
import { labCommands } from '../ids.ts';
import type { Outlines } from '../outlines.ts';
import { showEngineLog, type LabNotices } from './lab-notices.ts';
import type { Lab } from './lab.ts';
import type { Labs } from './labs.ts';
import type { LabStarter } from './start-lab.ts';

export interface LabServices {
  readonly outlines: Outlines;
  readonly labs: Labs;
  readonly starter: LabStarter;
  readonly notices: LabNotices;
}

type Handler = (...args: unknown[]) => unknown;

export function labHandlers(
  services: LabServices,
): Record<(typeof labCommands)[keyof typeof labCommands], Handler> {
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
  };
}

async function startLab(
  { outlines, starter, notices }: LabServices,
  argument: unknown,
): Promise<void> {
  const asked = uriOf(argument);
  const uri =
    (asked === undefined ? undefined : outlines.ofFile(asked)[0]?.uri) ??
    (await chooseTopology(outlines.all(), 'The lab of which topology shall be started?'));
  if (uri === undefined) return;
  try {
    await starter.start(uri);
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
