/** `tidemark clone`: the disks of a VPG at a point in time, as files. */
import { oneOf, readOptions } from '../options.ts';
import { UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { oneOperand, withEngine } from './access.ts';
import { printReply } from './replies.ts';
import { checkpointNamed, namesOf } from './words.ts';

export const cloneUsage =
  'tidemark clone VPG --to DIR [--checkpoint C] [--vms VM,...] [--disk-format raw|qcow2|vmdk|vhd|vhdx] [--site SITE] [--state DIR] [--format text|json]';

export async function cloneCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const { operands, values } = readOptions(args, [
    'to',
    'checkpoint',
    'vms',
    'disk-format',
    'site',
    'state',
    'format',
  ]);
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  const diskFormat = oneOf('disk-format', values['disk-format'] ?? 'raw', [
    'raw',
    'qcow2',
    'vmdk',
    'vhd',
    'vhdx',
  ]);
  const vpg = oneOperand('clone', 'VPG', operands);
  if (values.to === undefined || values.to === '') throw new UsageError('clone needs --to DIR.');
  const to = shell.engines?.absolutePath(values.to) ?? values.to;
  const checkpoint = checkpointNamed(values.checkpoint ?? 'latest');
  const vms = namesOf('vms', values.vms);
  const { site } = values;
  const clear = '\r\u001b[K';
  return withEngine(shell, values.state, async (engine) => {
    const question = { kind: 'clone', vpg, site, checkpoint, vms, to, format: diskFormat } as const;
    const answer = await engine.ask(question, (done, total) => {
      if (shell.progress) shell.tell(`${clear}${Math.floor((done / Math.max(total, 1)) * 100)} %`);
    });
    if (shell.progress) shell.tell(clear);
    return printReply(shell, format, `clone of ${vpg}`, answer);
  });
}
