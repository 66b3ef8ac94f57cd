/** A drill with a longer or shorter outage. */
import type {
  CheckpointChoice,
  Drill,
  DrillAction,
  DrillStep,
  Expectations,
  GapExpectation,
  TimeExpectation,
  VpgExpectations,
} from '../../topology/model.ts';
import { formatDuration } from '../../topology/quantities.ts';
import { SweepError } from './range.ts';

/** From the step that breaks something to the one that mends it. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

const breaking: ReadonlySet<string> = new Set(['powerOff', 'cut', 'degrade']);

/**
 * The first outage of a drill that a later step ends: what is powered off and on again, or a link that is
 * cut (or made worse) and healed.
 *
 * @throws SweepError where there is none
 */
export function outageOf(drill: Drill): Outage {
  const steps = [...drill.steps].sort((a, b) => a.at - b.at);
  for (const [index, { at, action }] of steps.entries()) {
    if (!action || !breaking.has(action.verb)) continue;
    const end = steps.slice(index + 1).find((later) => mends(later.action, action));
    if (end) return { from: at, to: end.at };
  }
  throw new SweepError(
    `The drill ${drill.name} has no outage that ends: nothing is powered off and on again, and no link ` +
      'is cut and healed.',
  );
}

function mends(mending: DrillAction | undefined, broken: DrillAction): boolean {
  if (mending?.verb === 'powerOn' && broken.verb === 'powerOff') {
    return mending.component.name === broken.component.name;
  }
  return (
    mending?.verb === 'heal' &&
    (broken.verb === 'cut' || broken.verb === 'degrade') &&
    mending.link.name === broken.link.name
  );
}

/**
 * The drill with an outage of that length. What lies at the end of the outage or behind it, steps,
 * expected times and the end of the drill, moves along; what lies before stays.
 *
 * @throws SweepError where a step inside of the outage would come to lie behind its end
 */
export function withOutage(drill: Drill, length: number): Drill {
  const { from, to } = outageOf(drill);
  const end = from + length;
  const inside = drill.steps.filter(({ at }) => at > from && at < to).map(({ at }) => at);
  const last = Math.max(from, ...inside);
  if (last > end || length <= 0) {
    const least = last === from ? 'more than 0s' : `at least ${formatDuration(last - from)}`;
    throw new SweepError(
      `An outage of ${formatDuration(length)} is too short for the drill ${drill.name}: its steps ` +
        `inside of the outage need ${least}.`,
    );
  }
  const move = (at: number): number => (at < to ? at : at + end - to);
  return {
    ...drill,
    duration: move(drill.duration),
    steps: drill.steps.map((step) => movedStep(step, move)),
    expect: drill.expect && movedExpectations(drill.expect, move),
  };
}

type Move = (at: number) => number;

function movedStep(step: DrillStep, move: Move): DrillStep {
  return {
    ...step,
    at: move(step.at),
    action: step.action && movedAction(step.action, move),
    expect: step.expect && movedExpectations(step.expect, move),
  };
}

function movedAction(action: DrillAction, move: Move): DrillAction {
  if (!('checkpoint' in action) || action.checkpoint === undefined) return action;
  return { ...action, checkpoint: movedChoice(action.checkpoint, move) };
}

function movedChoice(choice: CheckpointChoice, move: Move): CheckpointChoice {
  return choice.kind === 'before' || choice.kind === 'at'
    ? { ...choice, at: move(choice.at) }
    : choice;
}

function movedExpectations(expect: Expectations, move: Move): Expectations {
  const vpgs = [...expect.vpgs].map(([name, vpg]) => [name, movedVpg(vpg, move)] as const);
  return { ...expect, vpgs: new Map(vpgs) };
}

function movedVpg(vpg: VpgExpectations, move: Move): VpgExpectations {
  const { checkpoints, gaps } = vpg;
  return {
    ...vpg,
    checkpoints: checkpoints && {
      ...checkpoints,
      oldest: movedTime(checkpoints.oldest, move),
      newest: movedTime(checkpoints.newest, move),
    },
    gaps: gaps?.map((gap) => movedGap(gap, move)),
  };
}

function movedTime(time: TimeExpectation | undefined, move: Move): TimeExpectation | undefined {
  return time && { ...time, at: move(time.at) };
}

/** A gap ends with a checkpoint, which may come a little before or after what ended the outage. */
function movedGap(gap: GapExpectation, move: Move): GapExpectation {
  const { from, to, within } = gap;
  if (to === undefined) return { ...gap, from: move(from) };
  const shift = move(to + within) - (to + within);
  return { ...gap, from: move(from), to: to + shift };
}
