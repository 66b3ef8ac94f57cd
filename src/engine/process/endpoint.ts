/** Where a running engine can be spoken to. */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { hasCode } from './error-codes.ts';
import { writeDurably } from './state-folder.ts';

const endpointSchema = z.object({
  /** Path of the socket (on Windows the name of the pipe) that the protocol is spoken on. */
  control: z.string(),
  /** The same for NBD. */
  nbd: z.string(),
  pid: z.number(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

const file = 'endpoint.json';

/** Bytes that fit into a socket's address on every system, with its end. */
const longestSocketPath = 100;

/**
 * In the state folder, or where that lies too deep for a socket's address in a folder for temporary files that
 * is called after it.
 */
export function endpointOf(folder: string, pid: number): Endpoint {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  if (process.platform === 'win32') {
    const pipe = (what: string): string => `\\\\.\\pipe\\tidemark-${hash}-${what}`;
    return { control: pipe('control'), nbd: pipe('nbd'), pid };
  }
  const inside = Buffer.byteLength(join(folder, 'control.sock')) <= longestSocketPath;
  const owner = process.getuid?.() ?? 0;
  const sockets = inside ? folder : join(tmpdir(), `tidemark-${owner}-${hash}`);
  return { control: join(sockets, 'control.sock'), nbd: join(sockets, 'nbd.sock'), pid };
}

export async function publishEndpoint(folder: string, endpoint: Endpoint): Promise<void> {
  await writeDurably(join(folder, file), endpoint);
}

export async function withdrawEndpoint(folder: string): Promise<void> {
  await rm(join(folder, file), { force: true });
}

/** What the last engine of a folder has published; it may be gone. Undefined where none has, or it cannot be read. */
export async function publishedEndpoint(folder: string): Promise<Endpoint | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, file), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
  const parsed = endpointSchema.safeParse(jsonOrUndefined(text));
  return parsed.success ? parsed.data : undefined;
}

/** `nbd+unix:///name?socket=path`, as libnbd and QEMU read it. */
export function nbdUri(socket: string, exportName: string): string {
  const name = exportName.split('/').map(encodeURIComponent).join('/');
  const path = socket.split('/').map(encodeURIComponent).join('/');
  return `nbd+unix:///${name}?socket=${path}`;
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
