/** A page of the documents, as far as tests look at it. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';

export interface Page {
  readonly path: string;
  readonly text: string;
}

export interface Block {
  readonly path: string;
  /** Of its first fence, counted from 1. */
  readonly line: number;
  /** What stands behind the fence, such as `yaml topology`. */
  readonly info: string;
  readonly text: string;
}

export interface Heading {
  readonly level: number;
  readonly text: string;
  /** Counted from 0. */
  readonly line: number;
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(path, 'utf8') };
}

function pagesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
    .sort();
}

/** Every page that is published with the project. */
export const pages: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...pagesUnder('docs'),
].map(readPage);

export function page(path: string): Page {
  const found = pages.find((candidate) => candidate.path === path);
  assert.ok(found, `${path} is no page of the documents`);
  return found;
}

/** Fenced blocks. A fence that is never closed runs to the end, as in any renderer. */
export function blocksOf({ path, text }: Page): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (!open) open = { line: index + 1, info: (fence[1] ?? '').trim(), lines: [] };
    else {
      blocks.push({ path, line: open.line, info: open.info, text: open.lines.join('\n') });
      open = undefined;
    }
  }
  return blocks;
}

/** The page with its fenced blocks blanked, line for line. */
export function proseOf({ text }: Page): string[] {
  let inside = false;
  return text.split('\n').map((line) => {
    const fence = /^\s*```/.test(line);
    if (fence) inside = !inside;
    return inside || fence ? '' : line;
  });
}

/** What stands in code: fenced blocks, and spans in the prose. */
export function codeOf(page: Page): string[] {
  const spans = [
    ...proseOf(page)
      .join('\n')
      .matchAll(/`([^`]+)`/g),
  ].map(([, code = '']) => code.replaceAll('\n', ' '));
  return [...blocksOf(page).map(({ text }) => text), ...spans];
}

export function headingsOf(page: Page): Heading[] {
  return proseOf(page).flatMap((line, index) => {
    const heading = /^(#{1,6}) +(.*?) *#*$/.exec(line);
    if (!heading) return [];
    return [{ level: heading[1]?.length ?? 0, text: heading[2] ?? '', line: index }];
  });
}
