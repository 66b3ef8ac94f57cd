/** `tidemark plan`: what the VPGs need, with the arithmetic. */
import { planText } from '../../report/plan-text.ts';
import { planOf } from '../../report/plan.ts';
import { oneFile, oneOf, readOptions } from '../options.ts';
import { exitStatus, type ExitStatus, type Shell } from '../shell.ts';
import { readTopology } from '../topology-file.ts';

export const planUsage = 'tidemark plan FILE [--format text|json]';

export function planCommand(shell: Shell, args: readonly string[]): ExitStatus {
  const { operands, values } = readOptions(args, ['format']);
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  const plan = planOf(readTopology(shell, oneFile('plan', operands)));
  // JSON knows no undefined: what is unlimited or never happens is null.
  const orNull = (_key: string, value: unknown): unknown => (value === undefined ? null : value);
  shell.print(format === 'json' ? `${JSON.stringify(plan, orNull, 2)}\n` : planText(plan));
  return plan.fits ? exitStatus.fine : exitStatus.wrong;
}
