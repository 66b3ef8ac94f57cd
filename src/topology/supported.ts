/** What of a drill's steps the engine obeys, for the drills that refuse the rest and the linter that tells. */
import type { DrillAction } from './model.ts';

type Verb = DrillAction['verb'];

const decision = ['commitPolicy', 'commitTimeout', 'reverseProtection', 'continueOnScriptFailure'];

/** What a verb takes beside VPG, checkpoint and site, as far as the engine obeys it. */
const obeyed: Readonly<Partial<Record<Verb, readonly string[]>>> = {
  stopTest: ['success', 'notes'],
  failover: [...decision, 'shutdown'],
  commit: ['reverseProtection'],
  move: [...decision, 'force', 'keepSource'],
  clone: ['datastore'],
  restoreFile: ['path', 'vm', 'disk'],
};

export function isOptionSupported(verb: Verb, option: string, value: unknown): boolean {
  // The engine deletes nobody's disks, so a source that is not to be kept is for a person to remove.
  if (option === 'keepSource' && value === false) return false;
  return obeyed[verb]?.includes(option) ?? false;
}
