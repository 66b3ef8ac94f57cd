/** Which ZVM takes a request, and how long an answer may take. */
import type { Site, Topology } from '../../topology/model.ts';
import type { Reply, Request } from '../api.ts';
import type { ZvmMachine } from './machines.ts';

/** How long a request waits for its answer, in milliseconds of the lab's time. */
export const answerTime = 30_000;
/** The same for what drains, promotes or copies: as long as that takes, within reason. */
const longAnswerTime = 4 * 3_600_000;
const longVerbs: ReadonlySet<Request['kind']> = new Set([
  'failover',
  'move',
  'commit',
  'rollback',
  'clone',
  'restore-file',
]);

/** Milliseconds. */
export function patienceOf(request: Request): number {
  // Freezing applications takes as long as their scripts do.
  const isLong = request.kind === 'checkpoint' && request.application === true;
  return isLong || longVerbs.has(request.kind) ? longAnswerTime : answerTime;
}

export function unanswered(zvm: ZvmMachine, patience: number): Reply {
  const reason = `The ZVM of ${zvm.site.name} did not answer within ${patience / 1000} s`;
  return { result: 'refused', reason, missing: [`an answer of the ZVM of ${zvm.site.name}`] };
}

/** Whose ZVM takes a request, or the refusal where none can. */
export function takerOf(
  request: Request,
  site: Site | undefined,
  topology: Topology,
  zvms: ReadonlyMap<string, ZvmMachine>,
): ZvmMachine | Reply {
  const vpg = 'vpg' in request ? topology.vpgs.get(request.vpg) : undefined;
  const ends = vpg ? [vpg.to.target, vpg.from.target] : [...topology.sites.values()];
  const names = [...new Set(ends.flatMap((end) => (end ? [end.name] : [])))];
  const wanted = site ? [site.name] : names;
  for (const name of wanted) {
    const zvm = zvms.get(name);
    if (zvm?.running) return zvm;
  }
  const other = names.find((name) => zvms.get(name)?.running);
  if (site && other !== undefined) {
    const reason = `The ZVM of ${site.name} is down; that of ${other} can be asked instead`;
    return { result: 'refused', reason, missing: [`the ZVM of ${site.name}`] };
  }
  const missing = names.map((name) => `the ZVM of ${name}`);
  const reason = `No ZVM is up: at least one is needed, of ${names.join(' or ')}`;
  return { result: 'refused', reason, missing };
}
