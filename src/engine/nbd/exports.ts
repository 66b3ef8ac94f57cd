/** The disks that a server offers, by name. */
import type { ExportedDisk } from './exported-disk.ts';
import { allocationContext, maxNameLength } from './protocol.ts';

export interface Export {
  readonly name: string;
  /** For people; at most 4096 bytes. */
  readonly description?: string | undefined;
  readonly disk: ExportedDisk;
}

/** What client and server have agreed on before the first request. */
export interface Agreement {
  readonly served: Export;
  /** Answers to reads, and errors, come in chunks. */
  readonly structuredReplies: boolean;
  /** The client may ask what is allocated. */
  readonly allocation: boolean;
}

/** The id that stands for `base:allocation` on the wire. */
export const allocationContextId = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The name that the bytes spell; undefined where they spell none. */
export function decodeName(bytes: Uint8Array): string | undefined {
  if (bytes.length > maxNameLength) return undefined;
  try {
    const name = decoder.decode(bytes);
    return name.includes('\0') ? undefined : name;
  } catch {
    return undefined;
  }
}

/** Whether a query in the list of metadata contexts, or in a choice of them, means `base:allocation`. */
export function queryMeansAllocation(query: string, listing: boolean): boolean {
  return query === allocationContext || (listing && query === 'base:');
}
