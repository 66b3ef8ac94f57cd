/** Reading a topology for a command that needs all of it. */
import type { LoadedTopology } from '../topology/load.ts';
import type { Topology } from '../topology/model.ts';
import { UnreadableFileError, type Shell } from './shell.ts';
import { TopologyStore } from './topology-store.ts';

/**
 * The topology that begins with a file, without mistakes in the language: a matrix or a plan made from
 * half a topology would leave out what nobody would miss. Problems are told, and then thrown.
 *
 * @throws UnreadableFileError
 */
export function readTopology(shell: Shell, file: string): Topology {
  return readWhole(shell, file).topology;
}

/** The same, with the texts that it was read from. */
export function readWhole(
  shell: Shell,
  file: string,
  store = new TopologyStore(shell),
): LoadedTopology {
  const loaded = store.load(file);
  const { problems } = loaded;
  if (problems.length === 0) return loaded;
  for (const { document, range, message } of problems) {
    const { line, character } = document.positionAt(range.start);
    shell.tell(`${document.uri}:${line + 1}:${character + 1}: ${message}\n`);
  }
  throw new UnreadableFileError(file, new Error('these have to be mended first'));
}
