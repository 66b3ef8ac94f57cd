/** What of a drill's steps the engine obeys, for the drills that refuse the rest and the linter that tells. */
import type { DrillAction } from './model.ts';

type Verb = DrillAction['verb'];

const decision = ['commitPolicy', 'commitTimeout', 'reverseProtection', 'continueOnScriptFailure'];

/** What a verb takes beside VPG, checkpoint and site, as far as the engine obeys it. */
const obeyed: Readonly<Partial<Record<Verb, readonly string[]>>> = {
  stopTest: ['success', 'notes'],
  failover: [...decision, 'shutdown'],
  commit: ['reverseProtection'],
  move: [...decision, 'force'],
  clone: ['datastore'],
  restoreFile: ['path'],
};

export function isOptionSupported(verb: Verb, option: string): boolean {
  return obeyed[verb]?.includes(option) ?? false;
}
