/** What is done to the machines and links of the running lab, as a drill does it to a simulated one. */
import * as vscode from 'vscode';
import type { Question } from '../../engine/control/questions.ts';
import type { Outlines } from '../outlines.ts';
import { chooseComponent } from './choices.ts';
import { chooseDegradation } from './degrade-link.ts';
import { componentsOf, type Component, type ComponentState } from './components.ts';
import type { Lab } from './lab.ts';

export type HarmVerb =
  'power-off' | 'power-on' | 'crash' | 'reboot' | 'cut-link' | 'heal-link' | 'degrade-link';

interface Harm {
  readonly title: string;
  /** Said when it is done. */
  readonly done: string;
  readonly ofLinks: boolean;
  readonly fits: (state: ComponentState) => boolean;
  /** Undefined where the user has left. */
  readonly question: (name: string) => Question | Promise<Question | undefined>;
}

const isUp = (state: ComponentState): boolean => state === 'up';

export const harms: Readonly<Record<HarmVerb, Harm>> = {
  'power-off': {
    title: 'Power Off',
    done: 'is off',
    ofLinks: false,
    fits: isUp,
    question: (component) => ({ kind: 'power', component, verb: 'powerOff' }),
  },
  'power-on': {
    title: 'Power On',
    done: 'is on',
    ofLinks: false,
    fits: (state) => state === 'off',
    question: (component) => ({ kind: 'power', component, verb: 'powerOn' }),
  },
  crash: {
    title: 'Crash',
    done: 'has crashed, and comes back by itself',
    ofLinks: false,
    fits: isUp,
    question: (component) => ({ kind: 'power', component, verb: 'crash' }),
  },
  reboot: {
    title: 'Reboot',
    done: 'reboots',
    ofLinks: false,
    fits: isUp,
    question: (component) => ({ kind: 'power', component, verb: 'reboot' }),
  },
  'cut-link': {
    title: 'Cut Link',
    done: 'is cut',
    ofLinks: true,
    fits: (state) => state !== 'off',
    question: (link) => ({ kind: 'cut-link', link }),
  },
  'heal-link': {
    title: 'Restore Link',
    done: 'is whole',
    ofLinks: true,
    fits: (state) => state !== 'up',
    question: (link) => ({ kind: 'heal-link', link }),
  },
  'degrade-link': {
    title: 'Degrade Link',
    done: 'is degraded',
    ofLinks: true,
    fits: (state) => state !== 'off',
    question: async (link) => {
      const change = await chooseDegradation(link);
      return change && { kind: 'degrade-link', link, ...change };
    },
  },
};

/** Does it to the component of a tree node, or to the one that is picked. */
export async function doHarm(
  outlines: Outlines,
  lab: Lab,
  verb: HarmVerb,
  named: { readonly id?: string | undefined; readonly name?: string | undefined },
): Promise<void> {
  const { title, done, ofLinks, fits, question } = harms[verb];
  const components = componentsOf(outlines.get(lab.uri)?.nodes ?? []).filter(
    ({ kind }) => (kind === 'link') === ofLinks,
  );
  const known: Component | undefined = components.find(
    ({ id, name }) => id === named.id || name === named.name,
  );
  const component = known ?? (await chooseComponent(lab, components, fits, title));
  if (!component) return;
  const asked = await question(component.name);
  if (!asked) return;
  await lab.ask(asked);
  vscode.window.setStatusBarMessage(`$(check) ${component.name} ${done}`, 5000);
}
