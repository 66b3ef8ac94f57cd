/** Does what a drill's step says, in the lab. */
import type { CheckpointSelector, Reply, Request } from '../engine/api.ts';
import { LabError, NotSupportedError, type Lab } from '../engine/lab.ts';
import type { CheckpointChoice, DrillAction, Reference, Site } from '../topology/model.ts';
import { isOptionSupported } from '../topology/supported.ts';
import { failureAt, rangeOf } from './failures.ts';
import type { DrillFailure, DrillOperation } from './protocol.ts';

/** A reference of the drill that points at nothing. */
class UnknownNameError extends Error {
  constructor(reference: Reference<unknown>) {
    super(`There is no ${reference.name} in this topology.`);
    this.name = 'UnknownNameError';
  }
}

function bound<T>(reference: Reference<T>): T {
  if (reference.target === undefined) throw new UnknownNameError(reference);
  return reference.target;
}

/**
 * Does the action now. What was asked of a ZVM comes back as an operation; what cannot be done fails
 * the drill at the action's place.
 */
export function act(
  lab: Lab,
  action: DrillAction,
  failures: DrillFailure[],
): DrillOperation | undefined {
  try {
    return perform(lab, action);
  } catch (error) {
    if (error instanceof NotSupportedError) {
      failures.push(failureAt(action.place, `${error.message}.`, 'support', 'none'));
      return {
        ...operationOf(lab, action, 'not-supported'),
        reason: error.message,
      };
    }
    if (error instanceof LabError || error instanceof UnknownNameError) {
      failures.push(failureAt(action.place, error.message, 'the step to be done', 'not possible'));
      return undefined;
    }
    throw error;
  }
}

type RecoveryAction = Extract<DrillAction, { options: unknown }>;

/** What a verb takes beside VPG, checkpoint and site is not obeyed yet, and must not be ignored. */
function refuseOptions(action: RecoveryAction): void {
  for (const [name, value] of Object.entries(action.options)) {
    if (value === undefined || isOptionSupported(action.verb, name, value)) continue;
    throw new NotSupportedError(`The option ${name}: ${JSON.stringify(value)} of ${action.verb}`);
  }
}

function perform(lab: Lab, action: DrillAction): DrillOperation | undefined {
  if ('options' in action) refuseOptions(action);
  switch (action.verb) {
    case 'powerOff':
    case 'powerOn':
    case 'reboot':
    case 'crash':
      lab.power(bound(action.component), action.verb);
      return undefined;
    case 'cut':
      lab.cutLink(bound(action.link));
      return undefined;
    case 'heal':
      lab.healLink(bound(action.link));
      return undefined;
    case 'degrade': {
      const { link, bandwidth, latency, loss, mtu } = action;
      lab.degradeLink(bound(link), { bandwidth, latency, loss, mtu });
      return undefined;
    }
    case 'write': {
      const { vm, disk, size, name, rate, test } = action;
      lab.write({
        vm: bound(vm),
        disk: disk && bound(disk),
        size,
        name,
        rate,
        test: test && bound(test),
      });
      return undefined;
    }
    case 'fill':
      lab.fill(bound(action.datastore), action.free);
      return undefined;
    case 'load':
      lab.load(bound(action.host), action.cpu, action.for);
      return undefined;
    case 'snapshot': {
      const component = bound(action.component);
      if (component.kind !== 'vra') throw new NotSupportedError('a snapshot of anything but a VRA');
      lab.snapshotVra(component.host);
      return undefined;
    }
    case 'redeploy': {
      const component = bound(action.component);
      if (component.kind !== 'vra') throw new NotSupportedError('deploying anything but a VRA');
      const host = `${component.site.name}/${component.host.name}`;
      return answered(lab, action, component.site, { kind: 'install-vra', host });
    }
    case 'enterLicense':
      return answered(lab, action, bound(action.site), { kind: 'enter-license' });
    case 'installVras':
      return installAll(lab, action);
    case 'pair': {
      const [asked, other] = action.sites;
      return answered(lab, action, bound(asked), { kind: 'pair', site: bound(other).name });
    }
    case 'createVpg':
      return ask(lab, action, { kind: 'create-vpg', vpg: bound(action.vpg).name });
    case 'skewClock':
      lab.skewClock(bound(action.site), action.by);
      return undefined;
    case 'checkpoint':
      return ask(lab, action, {
        kind: 'checkpoint',
        vpg: bound(action.vpg).name,
        tag: action.tag,
        application: action.application,
      });
    case 'failoverTest':
      return ask(lab, action, {
        kind: 'failover-test',
        vpg: bound(action.vpg).name,
        checkpoint: selectorOf(action.checkpoint),
        vms: vmsOf(action),
      });
    case 'stopTest':
      return ask(lab, action, {
        kind: 'stop-test',
        vpg: bound(action.vpg).name,
        success: flagIn(action, 'success'),
        notes: textIn(action, 'notes'),
      });
    case 'forceSync':
      return ask(lab, action, { kind: 'force-sync', vpg: bound(action.vpg).name });
    case 'pause':
    case 'resume':
      return ask(lab, action, { kind: action.verb, vpg: bound(action.vpg).name });
    case 'failover':
    case 'commit':
    case 'rollback':
    case 'move':
    case 'clone':
    case 'reverseProtect':
      return ask(lab, action, recoveryRequest(action));
    case 'restoreFile':
      return restoreFile(lab, action);
  }
}

function ask(
  lab: Lab,
  action: Extract<DrillAction, { vpg: unknown }>,
  request: Request,
): DrillOperation {
  const site = 'site' in action && action.site ? bound(action.site) : undefined;
  return answered(lab, action, site, request);
}

function answered(
  lab: Lab,
  action: DrillAction,
  site: Site | undefined,
  request: Request,
): DrillOperation {
  const reply = lab.request(site, request);
  const operation = operationOf(lab, action, reply.result);
  if (reply.result === 'refused') return { ...operation, reason: reasonOf(reply) };
  const found = { ...operation, ...markersIn(lab, reply) };
  const { shortfalls } = reply;
  if (!shortfalls) return found;
  return { ...found, result: 'incomplete', reason: shortfalls.join('; ') };
}

/** Every host that is named gets its VRA, whatever becomes of the others (VRA-12). */
function installAll(
  lab: Lab,
  action: Extract<DrillAction, { verb: 'installVras' }>,
): DrillOperation {
  const reasons: string[] = [];
  for (const host of action.hosts.map(bound)) {
    const name = `${host.site.name}/${host.name}`;
    const reply = lab.request(host.site, { kind: 'install-vra', host: name });
    if (reply.result === 'refused') reasons.push(reply.reason);
  }
  const operation = operationOf(lab, action, reasons.length === 0 ? 'success' : 'refused');
  return reasons.length === 0 ? operation : { ...operation, reason: reasons.join('. ') };
}

/** A file is a named write, as long as the engine does not read file systems. */
function restoreFile(lab: Lab, action: RecoveryAction): DrillOperation {
  const path = textIn(action, 'path') ?? '';
  const marker = lab.marker(path);
  if (!marker) {
    throw new LabError('unknown-file', `No step has written ${path}: a file is a named write`);
  }
  const { vm, disk, offset, size } = marker;
  const [askedVm, askedDisk] = [textIn(action, 'vm'), textIn(action, 'disk')];
  const isThere =
    (askedVm === undefined || askedVm === vm || askedVm.endsWith(`/${vm}`)) &&
    (askedDisk === undefined || askedDisk === disk);
  if (!isThere) {
    const asked = [askedVm ?? vm, askedDisk ?? disk].join(', ');
    const reason = `${path} was written to ${vm}, ${disk}, and is not on ${asked}`;
    return { ...operationOf(lab, action, 'refused'), reason };
  }
  return ask(lab, action, {
    kind: 'restore-file',
    vpg: bound(action.vpg).name,
    checkpoint: selectorOf(action.checkpoint),
    file: { path, vm, disk, offset, length: size },
  });
}

function recoveryRequest(action: RecoveryAction): Request {
  const vpg = bound(action.vpg).name;
  const checkpoint = selectorOf(action.checkpoint);
  const reverseProtection = flagIn(action, 'reverseProtection');
  const options = {
    commitPolicy: choiceIn(action, 'commitPolicy', ['none', 'commit', 'rollback']),
    commitTimeout: numberIn(action, 'commitTimeout'),
    reverseProtection,
    continueOnScriptFailure: flagIn(action, 'continueOnScriptFailure'),
  };
  switch (action.verb) {
    case 'failover': {
      const shutdown = choiceIn(action, 'shutdown', ['none', 'shutdown', 'force']);
      return { kind: 'failover', vpg, checkpoint, shutdown, ...options };
    }
    case 'move':
      return { kind: 'move', vpg, force: flagIn(action, 'force'), ...options };
    case 'commit':
      return { kind: 'commit', vpg, reverseProtection };
    case 'rollback':
      return { kind: 'rollback', vpg };
    case 'clone':
      return {
        kind: 'clone',
        vpg,
        checkpoint,
        datastore: textIn(action, 'datastore'),
        vms: vmsOf(action),
      };
    case 'reverseProtect':
      return { kind: 'reverse-protect', vpg };
    default:
      throw new NotSupportedError(`The step ${action.verb}`);
  }
}

function vmsOf({ vms }: RecoveryAction): string[] | undefined {
  return vms?.map((vm) => bound(vm).name);
}

function choiceIn<T extends string>(
  action: RecoveryAction,
  name: string,
  choices: readonly T[],
): T | undefined {
  return choices.find((choice) => choice === action.options[name]);
}

function numberIn(action: RecoveryAction, name: string): number | undefined {
  const value = action.options[name];
  return typeof value === 'number' ? value : undefined;
}

/** What the schema has let through is of its kind; the check is for the compiler. */
function flagIn(action: RecoveryAction, name: string): boolean | undefined {
  const value = action.options[name];
  return typeof value === 'boolean' ? value : undefined;
}

function textIn(action: RecoveryAction, name: string): string | undefined {
  const value = action.options[name];
  return typeof value === 'string' ? value : undefined;
}

function reasonOf(reply: Extract<Reply, { result: 'refused' }>): string {
  const { reason, missing } = reply;
  return missing.length === 0 ? reason : `${reason} Missing: ${missing.join('; ')}.`;
}

/** The named writes so far that the recovered images hold, to the last byte or not. */
function markersIn(
  lab: Lab,
  { images }: Extract<Reply, { result: 'success' }>,
): Pick<DrillOperation, 'contains' | 'partly'> {
  const contains: string[] = [];
  const partly: string[] = [];
  for (const marker of images ? lab.markers : []) {
    const containment = lab.imageContains(images ?? {}, marker);
    if (containment === 'whole') contains.push(marker);
    if (containment === 'partly') partly.push(marker);
  }
  return { contains, partly };
}

function operationOf(
  lab: Lab,
  action: DrillAction,
  result: DrillOperation['result'],
): DrillOperation {
  return {
    verb: action.verb,
    vpg: 'vpg' in action ? action.vpg.name : undefined,
    at: lab.now,
    result,
    contains: [],
    partly: [],
    range: rangeOf(action.place),
  };
}

function selectorOf(choice: CheckpointChoice | undefined): CheckpointSelector {
  switch (choice?.kind) {
    case undefined:
    case 'latest':
      return { kind: 'latest' };
    case 'oldest':
      return { kind: 'oldest' };
    case 'tag':
      return { kind: 'tag', tag: choice.tag };
    case 'before':
      return { kind: 'time', time: choice.at, inclusive: false };
    case 'at':
      return { kind: 'time', time: choice.at, inclusive: true };
  }
}
