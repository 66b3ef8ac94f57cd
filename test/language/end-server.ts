import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { MessageConnection } from 'vscode-languageserver/node';

/**
 * Ends a language server as an editor does. Killed in the middle of a message it would leave a part of it with
 * the reader, whose timer for the rest then keeps this process alive for ever.
 */
export async function endServer(
  connection: MessageConnection,
  server: ChildProcessWithoutNullStreams,
): Promise<void> {
  const closed = once(server, 'close');
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  await closed;
  connection.dispose();
}
