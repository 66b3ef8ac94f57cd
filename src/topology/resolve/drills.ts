/** Drills and their steps. */
import type { Path, Place } from '../document.ts';
import { within } from '../document.ts';
import type {
  CheckpointChoice,
  Component,
  Disk,
  Drill,
  DrillAction,
  DrillStep,
  PowerVerb,
  RecoveryVerb,
  Reference,
  Topology,
  Vm,
} from '../model.ts';
import { recoveryVerbs } from '../model.ts';
import type { DrillFile } from '../schema/drill.ts';
import type { StepFile } from '../schema/step.ts';
import type { AcrossSites } from './bind.ts';
import { itemsOf, mayStand, refer, referIntoUnknown, referToTop } from './bind.ts';
import { resolveExpectations } from './expectations.ts';

const powerVerbs: readonly PowerVerb[] = ['powerOff', 'powerOn', 'reboot', 'crash'];
const linkVerbs = ['cut', 'heal'] as const;

export function resolveDrill(
  name: string,
  file: DrillFile,
  place: Place,
  topology: Topology,
  lookup: AcrossSites,
): Drill {
  const { expect } = file;
  return {
    name,
    place,
    describes: file.describes,
    facts: file.facts.flatMap((fact) => [fact]),
    duration: file.duration,
    begin: file.begin,
    warmUp: file.warmUp,
    steps: itemsOf(file.steps, within(place, 'steps')).map((item) =>
      stepOf(item.file, item.place, topology, lookup),
    ),
    expect: expect && resolveExpectations(expect, within(place, 'expect'), topology),
  };
}

function stepOf(file: StepFile, place: Place, topology: Topology, lookup: AcrossSites): DrillStep {
  const { expect } = file;
  return {
    place,
    at: file.at,
    action: actionOf(file, place, topology, lookup),
    expect: expect && resolveExpectations(expect, within(place, 'expect'), topology),
  };
}

function actionOf(
  file: StepFile,
  step: Place,
  topology: Topology,
  lookup: AcrossSites,
): DrillAction | undefined {
  for (const verb of powerVerbs) {
    const name = file[verb];
    const place = within(step, verb);
    if (name !== undefined) {
      return { place, verb, component: componentOf(place, name, topology) };
    }
  }
  for (const verb of linkVerbs) {
    const name = file[verb];
    const place = within(step, verb);
    if (name !== undefined) return { place, verb, link: linkOf(place, name, topology) };
  }
  for (const verb of recoveryVerbs) {
    if (file[verb]) return recoveryOf(verb, file, within(step, verb), topology, lookup);
  }
  return otherActionOf(file, step, topology, lookup);
}

function otherActionOf(
  file: StepFile,
  step: Place,
  topology: Topology,
  lookup: AcrossSites,
): DrillAction | undefined {
  if (file.degrade) {
    const place = within(step, 'degrade');
    const { link, bandwidth, latency, loss, mtu } = file.degrade;
    const target = linkOf(within(place, 'link'), link, topology);
    return { place, verb: 'degrade', link: target, bandwidth, latency, loss, mtu };
  }
  if (file.write) {
    const place = within(step, 'write');
    const { disk, size, name, rate } = file.write;
    const vm = lookup.refer(within(place, 'vm'), file.write.vm, 'vms');
    const on = disk === undefined ? undefined : diskOf(within(place, 'disk'), disk, vm);
    const test =
      file.write.test === undefined
        ? undefined
        : referToTop(within(place, 'test'), file.write.test, 'vpgs', topology);
    return { place, verb: 'write', vm, disk: on, size, name, rate, test };
  }
  if (file.fill) {
    const place = within(step, 'fill');
    const at = within(place, 'datastore');
    const datastore = lookup.refer(at, file.fill.datastore, 'datastores');
    return { place, verb: 'fill', datastore, free: file.fill.free };
  }
  if (file.load) {
    const place = within(step, 'load');
    const host = lookup.refer(within(place, 'host'), file.load.host, 'hosts');
    return { place, verb: 'load', host, cpu: file.load.cpu, for: file.load.for };
  }
  if (file.snapshot !== undefined) {
    const place = within(step, 'snapshot');
    return { place, verb: 'snapshot', component: componentOf(place, file.snapshot, topology) };
  }
  if (file.redeploy !== undefined) {
    const place = within(step, 'redeploy');
    return { place, verb: 'redeploy', component: componentOf(place, file.redeploy, topology) };
  }
  if (file.enterLicense !== undefined) {
    const place = within(step, 'enterLicense');
    const site = referToTop(place, file.enterLicense, 'sites', topology);
    return { place, verb: 'enterLicense', site };
  }
  if (file.installVras) {
    const place = within(step, 'installVras');
    const hosts = itemsOf(file.installVras, place).map((item) =>
      lookup.refer(item.place, item.file, 'hosts'),
    );
    return { place, verb: 'installVras', hosts };
  }
  if (file.pair) {
    const place = within(step, 'pair');
    const [first, second] = file.pair;
    const sites = [
      referToTop(within(place, 0), first, 'sites', topology),
      referToTop(within(place, 1), second, 'sites', topology),
    ] as const;
    return { place, verb: 'pair', sites };
  }
  if (file.skewClock) {
    const place = within(step, 'skewClock');
    const site = referToTop(within(place, 'site'), file.skewClock.site, 'sites', topology);
    return { place, verb: 'skewClock', site, by: file.skewClock.by };
  }
  if (file.checkpoint) {
    const place = within(step, 'checkpoint');
    const vpg = referToTop(within(place, 'vpg'), file.checkpoint.vpg, 'vpgs', topology);
    const { tag, application = false } = file.checkpoint;
    return { place, verb: 'checkpoint', vpg, tag, application };
  }
  return undefined;
}

function recoveryOf(
  verb: RecoveryVerb,
  step: StepFile,
  place: Place,
  topology: Topology,
  lookup: AcrossSites,
): DrillAction | undefined {
  const file: RecoveryFile | undefined = step[verb];
  if (!file) return undefined;
  const { vpg, site, checkpoint, vms, ...options } = file;
  return {
    place,
    verb,
    vpg: referToTop(within(place, 'vpg'), vpg, 'vpgs', topology),
    checkpoint: checkpoint && checkpointOf(checkpoint),
    site:
      site === undefined ? undefined : referToTop(within(place, 'site'), site, 'sites', topology),
    vms:
      vms &&
      itemsOf(vms, within(place, 'vms')).map((item) => lookup.refer(item.place, item.file, 'vms')),
    options,
  };
}

interface RecoveryFile {
  readonly vpg: string;
  readonly site?: string | undefined;
  readonly checkpoint?: CheckpointFile | undefined;
  readonly vms?: readonly string[] | undefined;
}

type CheckpointFile = NonNullable<NonNullable<StepFile['failover']>['checkpoint']>;

function checkpointOf(file: CheckpointFile): CheckpointChoice {
  if ('kind' in file) return file;
  if (file.before !== undefined) return { kind: 'before', at: file.before };
  if (file.at !== undefined) return { kind: 'at', at: file.at };
  return file.tag === undefined ? { kind: 'latest' } : { kind: 'tag', tag: file.tag };
}

function linkOf(place: Place, name: string, topology: Topology) {
  return referToTop(place, name, 'links', topology);
}

function diskOf(place: Place, name: string, vm: Reference<Vm>): Reference<Disk> {
  if (!vm.target) return referIntoUnknown(place, name);
  return refer(place, name, vm.target.disks, within(vm.target.place, 'disks'));
}

/** `Site`, `Site/zvm`, `Site/host` or `Site/host/vra`. */
function componentOf(place: Place, name: string, topology: Topology): Reference<Component> {
  const [siteName = '', part, appliance, ...rest] = name.split('/');
  const site = topology.sites.get(siteName);
  const unknown = (path: Path | undefined): Reference<Component> => ({
    name,
    place,
    target: undefined,
    declared: path !== undefined && mayStand(topology, path),
  });
  const known = (target: Component): Reference<Component> => ({
    name,
    place,
    target,
    declared: true,
  });
  if (part === undefined) {
    return site ? known({ kind: 'site', site }) : unknown(['sites', siteName]);
  }
  if (rest.length > 0 || (appliance !== undefined && appliance !== 'vra'))
    return unknown(undefined);
  if (part === 'zvm' && appliance === undefined) {
    return site?.zvm ? known({ kind: 'zvm', site }) : unknown(['sites', siteName, 'zvm']);
  }
  const host = site?.hosts.get(part);
  const path = ['sites', siteName, 'hosts', part];
  if (appliance === undefined) {
    return site && host ? known({ kind: 'host', site, host }) : unknown(path);
  }
  return site && host?.vra ? known({ kind: 'vra', site, host }) : unknown([...path, 'vra']);
}
