/** `tidemark ports`: the firewall matrix. */
import { portsCsv, portsOf, portsText } from '../../report/ports.ts';
import { oneFile, oneOf, readOptions } from '../options.ts';
import { exitStatus, type ExitStatus, type Shell } from '../shell.ts';
import { readTopology } from '../topology-file.ts';

export const portsUsage = 'tidemark ports FILE [--format text|json|csv]';

export function portsCommand(shell: Shell, args: readonly string[]): ExitStatus {
  const { operands, values } = readOptions(args, ['format']);
  const format = oneOf('format', values.format ?? 'text', ['text', 'json', 'csv']);
  const rows = portsOf(readTopology(shell, oneFile('ports', operands)));
  switch (format) {
    case 'text':
      shell.print(portsText(rows));
      break;
    case 'json': {
      const data = rows.map((row) => ({ ...row, stoppedBy: row.stoppedBy ?? null }));
      shell.print(`${JSON.stringify(data, undefined, 2)}\n`);
      break;
    }
    case 'csv':
      shell.print(portsCsv(rows));
      break;
  }
  return rows.every(({ open }) => open) ? exitStatus.fine : exitStatus.wrong;
}
