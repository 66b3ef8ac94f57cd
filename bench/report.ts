/** Where figures go: tables for a reader, JSON for whoever compares two runs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem, type, release } from 'node:os';
import type { Measures } from './measures.ts';

export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Processes that wanted a core when the run began, as an average over the minute before. */
  readonly loadAtStart: number;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    date: new Date().toISOString(),
    processor: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    loadAtStart: rounded(loadavg()[0] ?? 0),
  };
}

/** Writes `artifacts/bench/NAME.json` and answers its path. */
export function writeFigures(name: string, machine: Machine, figures: object): string {
  const folder = new URL('../artifacts/bench/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const loadAtEnd = rounded(loadavg()[0] ?? 0);
  const text = JSON.stringify(
    { suite: name, machine: { ...machine, loadAtEnd }, ...figures },
    null,
    2,
  );
  writeFileSync(new URL(`${name}.json`, folder), `${text}\n`);
  return `artifacts/bench/${name}.json`;
}

/** A table in Markdown, its columns lined up, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column)).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** `412 (398–455)`: the median, the least and the most, in the unit of the column. */
export function spread({ median, min, max }: Measures, digits = 0): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

/** What is under way goes to standard error, so that standard output holds only figures. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
