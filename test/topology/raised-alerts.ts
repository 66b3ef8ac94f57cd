/** The alerts that the engine names in its code, for tests that hold lists against it. */
import { readdirSync, readFileSync } from 'node:fs';

export function alertsInEngine(): readonly string[] {
  const ids = readdirSync('src/engine/zvm', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [
      ...readFileSync(`src/engine/zvm/${name}`, 'utf8').matchAll(/'([A-Z]{3}\d{4})'/g),
    ])
    .map(([, id]) => id ?? '');
  return [...new Set(ids)].sort();
}
