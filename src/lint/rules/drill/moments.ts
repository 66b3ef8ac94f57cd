/** The steps of a drill as it lives through them, and everything that it expects. */
import type { Drill, DrillAction, DrillStep, Expectations } from '../../../topology/model.ts';
import { recoveryVerbs } from '../../../topology/model.ts';

/** Steps may stand in any order in the file; those of one moment keep theirs. */
export function stepsInOrder(drill: Drill): readonly DrillStep[] {
  return [...drill.steps].sort((a, b) => a.at - b.at);
}

/** Something that is expected, and when. */
export interface Moment {
  readonly at: number;
  readonly expect: Expectations;
  /** The step that expects it; undefined for what the drill expects at its end. */
  readonly step: DrillStep | undefined;
}

/** All expectations of a drill, in the order in which they are judged. */
export function momentsOf(drill: Drill): readonly Moment[] {
  const moments = stepsInOrder(drill).flatMap((step): Moment[] =>
    step.expect ? [{ at: step.at, expect: step.expect, step }] : [],
  );
  if (drill.expect) moments.push({ at: drill.duration, expect: drill.expect, step: undefined });
  return moments;
}

const asking: ReadonlySet<DrillAction['verb']> = new Set<DrillAction['verb']>([
  ...recoveryVerbs,
  'checkpoint',
  'enterLicense',
  'installVras',
  'pair',
  'redeploy',
]);

/** Whether the step asks something of a ZVM, which then succeeds or is refused. */
export function asksZvm(action: DrillAction | undefined): boolean {
  return action !== undefined && asking.has(action.verb);
}
