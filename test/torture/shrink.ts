/** Makes a scenario that breaks a promise smaller, for as long as it breaks the same one. */
import type { Act, Scenario } from './scenario.ts';
import { runTrial } from './trial.ts';

export interface ShrinkOptions {
  /** Trials at most. */
  readonly trials: number;
  readonly tried?: (scenario: Scenario) => void;
}

export function shrink(scenario: Scenario, promise: string, options: ShrinkOptions): Scenario {
  let left = options.trials;
  let best = scenario;
  const breaks = (candidate: Scenario): boolean => {
    if (left <= 0 || candidate.vpgs.length === 0) return false;
    left -= 1;
    if (runTrial(candidate).broken?.promise !== promise) return false;
    best = candidate;
    options.tried?.(candidate);
    return true;
  };

  for (let before = Infinity; before > sizeOf(best) && left > 0;) {
    before = sizeOf(best);
    for (const { name } of best.vpgs) breaks(withoutVpg(best, name));
    for (const { name } of best.vms) breaks(withoutVm(best, name));
    dropActs(() => best, breaks);
    for (const rested of withLessRest(best)) breaks(rested);
    // Harm that ends when the last act has been done leaves less to read.
    const last = Math.max(0, ...best.acts.map(({ at }) => at));
    if (last + 1000 < best.harm) breaks({ ...best, harm: last + 1000 });
    for (const [index, act] of best.acts.entries()) {
      if (act.do !== 'writes' || act.count <= 1) continue;
      const fewer = { ...act, count: Math.ceil(act.count / 2) };
      breaks({ ...best, acts: best.acts.with(index, fewer) });
    }
  }
  return best;
}

/** Halves first, then quarters, and so on down to single acts. */
function dropActs(best: () => Scenario, breaks: (scenario: Scenario) => boolean): void {
  for (let size = Math.ceil(best().acts.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < best().acts.length;) {
      const { acts } = best();
      const rest = acts.filter((_, index) => index < from || index >= from + size);
      if (!breaks({ ...best(), acts: rest })) from += size;
    }
  }
}

/** None at all, where it is of no account; else less of it. */
function withLessRest({ rest, ...others }: Scenario): Scenario[] {
  if (!rest) return [];
  const { before } = rest;
  const shorter = [Math.min(before, 180_000), Math.max(180_000, before / 2)];
  return [
    others,
    { ...others, rest: { ...rest, after: 0 } },
    ...shorter.map((each) => ({ ...others, rest: { ...rest, before: each } })),
  ];
}

function sizeOf({ acts, vms, vpgs }: Scenario): number {
  const writes = acts.map((act) => (act.do === 'writes' ? act.count : 1));
  return writes.reduce((sum, count) => sum + count, 0) + 100 * (vms.length + vpgs.length);
}

function withoutVpg(scenario: Scenario, name: string): Scenario {
  const vpgs = scenario.vpgs.filter((vpg) => vpg.name !== name);
  const acts = scenario.acts.filter((act) => !('vpg' in act) || act.vpg !== name);
  return { ...scenario, vpgs, acts };
}

function withoutVm(scenario: Scenario, name: string): Scenario {
  const vpgs = scenario.vpgs
    .map((vpg) => ({ ...vpg, vms: vpg.vms.filter(({ vm }) => vm !== name) }))
    .filter(({ vms }) => vms.length > 0);
  const groups = new Set(vpgs.map((vpg) => vpg.name));
  const stays = (act: Act): boolean =>
    ('vpg' in act ? groups.has(act.vpg) : true) && ('vm' in act ? act.vm !== name : true);
  return {
    ...scenario,
    vms: scenario.vms.filter((vm) => vm.name !== name),
    vpgs,
    acts: scenario.acts.filter(stays),
  };
}
