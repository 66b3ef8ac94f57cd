/** `tidemark stop`: ends a running engine. */
import { oneOf, readOptions } from '../options.ts';
import { exitStatus, type ExitStatus, type Shell } from '../shell.ts';
import { noOperands, withEngine } from './access.ts';

export const stopUsage = 'tidemark stop [--state DIR] [--format text|json]';

export async function stopCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const { operands, values } = readOptions(args, ['state', 'format']);
  noOperands('stop', operands);
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  const { pid } = await withEngine(shell, values.state, async (engine) => {
    const info = await engine.hello();
    await engine.ask({ kind: 'stop' });
    return info;
  });
  shell.print(
    format === 'json'
      ? `${JSON.stringify({ result: 'success', pid })}\n`
      : `The engine (process ${pid}) ends.\n`,
  );
  return exitStatus.fine;
}
