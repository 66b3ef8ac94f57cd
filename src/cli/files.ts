/** From what stands on the command line to the topology files that are meant. */
import { byName, filesMatching, isPattern, isSkipped } from '../topology/include/glob.ts';
import { kindOf, list, UsageError, type Shell } from './shell.ts';

const topologyFile = /\.dr\.ya?ml$/i;

/**
 * The files of the operands, each once, in their order. An operand is a file, a folder (all topology
 * files below it) or a pattern, for shells that leave patterns alone.
 *
 * @throws UsageError where a folder or a pattern holds no file
 * @throws UnreadableFileError where a folder cannot be read
 */
export function topologyFiles(shell: Shell, operands: readonly string[]): readonly string[] {
  return [...new Set(operands.flatMap((operand) => filesOf(shell, operand)))];
}

function filesOf(shell: Shell, operand: string): readonly string[] {
  const kind = kindOf(shell, operand);
  if (kind === 'folder') {
    const files = filesBelow(shell, operand === '/' ? '/' : operand.replace(/[\\/]+$/, ''));
    if (files.length > 0) return files;
    throw new UsageError(`The folder ${operand} holds no topology file (*.dr.yaml, *.dr.yml).`);
  }
  // Without either, reading says that there is no such file.
  if (kind === 'file' || !isPattern(operand)) return [operand];
  const files = filesMatching(
    { kindOf: (path) => kindOf(shell, path), list: (path) => list(shell, path) },
    operand,
  );
  if (files.length === 0) throw new UsageError(`No file matches ${operand}.`);
  return files;
}

function filesBelow(shell: Shell, folder: string): readonly string[] {
  return [...list(shell, folder)].sort(byName).flatMap(({ name, kind }): readonly string[] => {
    const path = folder === '.' ? name : folder === '/' ? `/${name}` : `${folder}/${name}`;
    if (kind === 'file') return topologyFile.test(name) ? [path] : [];
    return isSkipped(name) ? [] : filesBelow(shell, path);
  });
}
