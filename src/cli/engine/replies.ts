/** What a ZVM has answered, for people and for programs. */
import type { Reply } from '../../engine/api.ts';
import { exitStatus, type ExitStatus, type Shell } from '../shell.ts';
import { iso } from './words.ts';

export type Format = 'text' | 'json';

/** A reply, with whatever a verb adds to it. */
export type ShownReply = Reply & { readonly files?: Readonly<Record<string, string>> };

/**
 * Prints a reply. A refusal is one line of JSON in any format, with its reason for people beside it, so that a
 * script need not know which format it will be read in.
 */
export function printReply(
  shell: Shell,
  format: Format,
  what: string,
  reply: ShownReply,
): ExitStatus {
  if (reply.result === 'refused') {
    const { result, reason, missing } = reply;
    shell.print(`${JSON.stringify({ result, reason, missing })}\n`);
    shell.tell(`${what} was refused: ${reason}\n`);
    for (const each of missing) shell.tell(`  missing: ${each}\n`);
    return exitStatus.wrong;
  }
  const { operation, checkpoint, images, files, shortfalls = [] } = reply;
  if (format === 'json') {
    const shown = {
      result: shortfalls.length > 0 ? 'incomplete' : 'success',
      operation,
      checkpoint: checkpoint && { id: checkpoint.id, time: iso(checkpoint.time) },
      images,
      files,
      shortfalls,
    };
    shell.print(`${JSON.stringify(shown, undefined, 2)}\n`);
  } else {
    const at = checkpoint ? ` at checkpoint ${checkpoint.id} of ${iso(checkpoint.time)}` : '';
    const as = operation === undefined ? '' : ` (${operation})`;
    shell.print(`${what}: done${at}${as}\n`);
    for (const [disk, uri] of Object.entries(images ?? {})) shell.print(`  ${disk}  ${uri}\n`);
    for (const [disk, path] of Object.entries(files ?? {})) shell.print(`  ${disk}  ${path}\n`);
    for (const shortfall of shortfalls) shell.print(`  falls short: ${shortfall}\n`);
  }
  return shortfalls.length > 0 ? exitStatus.wrong : exitStatus.fine;
}
