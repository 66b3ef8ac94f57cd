/** Whether it is worth looking for an engine. */
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** True where something beside a topology is called like a state folder, or nobody can tell. */
export async function mayHaveEngine(topologyFile: string): Promise<boolean> {
  try {
    const names = await readdir(dirname(topologyFile));
    return names.some((name) => name.startsWith('.tidemark'));
  } catch {
    // Whoever looks for the engine itself says what is wrong.
    return true;
  }
}
