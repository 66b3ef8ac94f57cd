/**
 * Loaded into an engine process before its own code (`--import`): has it tell on SIGUSR2 what it keeps. Memory that is
 * resident also holds garbage and what the allocator has not given back; what is left after a collection does not.
 */
import { renameSync, writeFileSync } from 'node:fs';

const path = process.env['TIDEMARK_MEMORY_REPORT'];

if (path !== undefined) {
  process.on('SIGUSR2', () => {
    // Twice: what is finalised by the first is freed by the second.
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    writeFileSync(`${path}.new`, JSON.stringify({ heapUsed, external }));
    renameSync(`${path}.new`, path);
  });
}
