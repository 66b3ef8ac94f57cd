/** Which steps of a drill the engine does, for the drills that refuse the others and the linter that tells. */
import type { DrillAction } from './model.ts';

type Verb = DrillAction['verb'];

/** Verbs of the language that the engine does not do yet. */
const unsupported: ReadonlySet<Verb> = new Set([
  'failover',
  'commit',
  'rollback',
  'move',
  'clone',
  'restoreFile',
  'reverseProtect',
]);

/** What a verb takes beside VPG, checkpoint and site, as far as the engine obeys it. */
const obeyed: Readonly<Partial<Record<Verb, readonly string[]>>> = {
  stopTest: ['success', 'notes'],
};

export function isVerbSupported(verb: Verb): boolean {
  return !unsupported.has(verb);
}

export function isOptionSupported(verb: Verb, option: string): boolean {
  return obeyed[verb]?.includes(option) ?? false;
}
