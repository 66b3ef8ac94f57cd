/** Colours for terminals, and nothing for everything else. */
import type { Severity } from '../lint/rule.ts';

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  severity(severity: Severity): string;
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const;

const severityColours: Record<Severity, keyof typeof codes> = {
  error: 'red',
  warning: 'yellow',
  information: 'blue',
  hint: 'dim',
};

export function styleFor(colours: boolean): Style {
  const paint = (colour: keyof typeof codes, text: string): string =>
    colours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
  return {
    bold: (text) => paint('bold', text),
    dim: (text) => paint('dim', text),
    good: (text) => paint('green', text),
    bad: (text) => paint('red', text),
    severity: (severity) => paint(severityColours[severity], severity),
  };
}
