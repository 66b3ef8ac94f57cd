/** `tidemark schema`: the JSON Schema of a topology file. */
import { topologyJsonSchema } from '../../topology/json-schema.ts';
import { readOptions } from '../options.ts';
import { exitStatus, UsageError, type ExitStatus, type Shell } from '../shell.ts';

export const schemaUsage = 'tidemark schema';

export function schemaCommand(shell: Shell, args: readonly string[]): ExitStatus {
  const { operands } = readOptions(args, []);
  if (operands.length > 0) throw new UsageError('schema takes no arguments.');
  shell.print(`${JSON.stringify(topologyJsonSchema(), undefined, 2)}\n`);
  return exitStatus.fine;
}
