/** Reading a file for a command that needs all of it. */
import { loadTopology, type LoadedTopology } from '../topology/load.ts';
import type { Topology } from '../topology/model.ts';
import { readFile, UnreadableFileError, type Shell } from './shell.ts';

/**
 * The topology of a file without mistakes in the language: a matrix or a plan made from half a file
 * would leave out what nobody would miss. Problems are told, and then thrown.
 *
 * @throws UnreadableFileError
 */
export function readTopology(shell: Shell, file: string): Topology {
  return readWhole(shell, file).topology;
}

/** The same, with the text that it was read from. */
export function readWhole(shell: Shell, file: string): LoadedTopology {
  const loaded = loadTopology(readFile(shell, file), file);
  const { document, problems } = loaded;
  if (problems.length === 0) return loaded;
  for (const { range, message } of problems) {
    const { line, character } = document.positionAt(range.start);
    shell.tell(`${file}:${line + 1}:${character + 1}: ${message}\n`);
  }
  throw new UnreadableFileError(file, new Error('these have to be mended first'));
}
