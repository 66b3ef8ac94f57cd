/** Makes a link of the running lab worse than it was declared: which figures, and how bad. */
import * as vscode from 'vscode';
import type { LinkDegradation } from '../../engine/control/questions.ts';
import {
  parseDuration,
  parsePercent,
  parseRate,
  type Quantity,
} from '../../topology/quantities.ts';
import { stays } from './choices.ts';

interface Figure {
  readonly key: keyof LinkDegradation;
  readonly label: string;
  readonly asks: string;
  readonly example: string;
  /** A number as the engine takes it, or what is wrong with the text. */
  read(text: string): number | string;
}

/** Milliseconds: the engine takes no more. */
const longestLatency = 3_600_000;
const leastMtu = 68;
const largestMtu = 65_535;

const figures: readonly Figure[] = [
  {
    key: 'latency',
    label: 'Latency',
    asks: 'How long a packet takes, one way.',
    example: '80ms',
    read: (text) =>
      within(parseDuration(text), (value) => value <= longestLatency, 'An hour at most.'),
  },
  {
    key: 'loss',
    label: 'Loss',
    asks: 'The share of packets that never arrive.',
    example: '2%',
    read: (text) => within(parsePercent(text), (value) => value <= 1, '100% at most.'),
  },
  {
    key: 'bandwidth',
    label: 'Bandwidth',
    asks: 'What the link carries, in each direction.',
    example: '8Mbit/s',
    read: (text) =>
      within(parseRate(text), (value) => value > 0, 'More than nothing: “Cut Link” stops it.'),
  },
  {
    key: 'mtu',
    label: 'MTU',
    asks: 'Bytes of the largest packet that passes.',
    example: '1400',
    read: (text) => {
      const bytes = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
      return bytes >= leastMtu && bytes <= largestMtu
        ? bytes
        : `A whole number of bytes from ${String(leastMtu)} to ${String(largestMtu)}.`;
    },
  },
];

/** What is to become of a link; undefined where the user has left. */
export async function chooseDegradation(link: string): Promise<LinkDegradation | undefined> {
  const title = `Degrade ${link}`;
  const items = figures.map((figure) => ({
    label: figure.label,
    description: `such as ${figure.example}`,
    figure,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    ...stays,
    title,
    placeHolder: 'What of it is worse? All else stays as it is.',
    canPickMany: true,
  });
  if (!chosen || chosen.length === 0) return undefined;
  const change: Partial<Record<keyof LinkDegradation, number>> = {};
  for (const { figure } of chosen) {
    const text = await vscode.window.showInputBox({
      ...stays,
      title,
      prompt: `${figure.label}: ${figure.asks}`,
      placeHolder: figure.example,
      validateInput: (typed) => {
        const value = figure.read(typed.trim());
        return typeof value === 'string' ? value : undefined;
      },
    });
    const value = text === undefined ? undefined : figure.read(text.trim());
    if (typeof value !== 'number') return undefined;
    change[figure.key] = value;
  }
  return change;
}

function within(
  quantity: Quantity,
  fits: (value: number) => boolean,
  otherwise: string,
): number | string {
  if (!quantity.ok) return quantity.message;
  return fits(quantity.value) ? quantity.value : otherwise;
}
