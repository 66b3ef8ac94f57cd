/** What happened in a lab, one thing at a time, from what it shows of itself. */
import type { Alert, LabSnapshot, Operation, Outage, VpgSnapshot } from '../api.ts';

export type EventKind =
  | 'alert-raised'
  | 'alert-cleared'
  | 'operation-begun'
  | 'operation-refused'
  | 'operation-succeeded'
  | 'operation-ended'
  | 'gap-begun'
  | 'gap-ended'
  | 'checkpoint-tagged'
  | 'component-down'
  | 'component-up';

export interface EngineEvent {
  /** The same for the same event, however often it is asked for. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** An {@link EventKind}; a newer engine may have more. */
  readonly kind: string;
  /** The VPG, site or component that it happened to. */
  readonly subject: string;
  readonly severity: 'information' | 'warning' | 'error';
  readonly message: string;
}

/** All that a snapshot tells of, oldest first. */
export function eventsOf(snapshot: LabSnapshot): readonly EngineEvent[] {
  const events = [
    ...snapshot.alerts.flatMap(alertEvents),
    ...snapshot.operations.flatMap(operationEvents),
    ...snapshot.outages.flatMap(outageEvents),
    ...snapshot.vpgs.flatMap(vpgEvents),
  ];
  return events.sort((a, b) => a.at - b.at);
}

function alertEvents(alert: Alert): EngineEvent[] {
  const { id, site, message, raised, cleared, level } = alert;
  const subject = alert.vpgs.length === 0 ? site : alert.vpgs.join(', ');
  const key = `${id} ${site} ${subject} ${raised}`;
  const events = [
    event('alert-raised', key, raised, subject, level, `${id} at ${site}: ${message}`),
  ];
  if (cleared !== undefined) {
    const text = `${id} at ${site} is over: ${message}`;
    events.push(event('alert-cleared', key, cleared, subject, 'information', text));
  }
  return events;
}

function operationEvents(operation: Operation): EngineEvent[] {
  const { id, verb, vpg, at, ended, result } = operation;
  const key = `${operation.site ?? ''} ${id}`;
  if (result === 'refused') {
    const missing = operation.missing ?? [];
    const lacks = missing.length === 0 ? '' : ` Missing: ${missing.join('; ')}.`;
    const text = `${verb} of ${vpg} was refused: ${operation.reason ?? 'no reason given'}.${lacks}`;
    return [event('operation-refused', key, at, vpg, 'warning', text)];
  }
  const events = [event('operation-begun', key, at, vpg, 'information', `${verb} of ${vpg} began`)];
  const started = operation.steps.at(-1)?.at ?? at;
  if (result === 'success') {
    const { checkpoint } = operation;
    const of = checkpoint ? `, at checkpoint ${checkpoint.id}` : '';
    const text = `${verb} of ${vpg} succeeded${of}`;
    events.push(event('operation-succeeded', key, ended ?? started, vpg, 'information', text));
  }
  if (ended !== undefined && operation.outcome !== undefined) {
    const severity = operation.outcome === 'failed' ? 'warning' : 'information';
    const text = `${verb} of ${vpg} ended: ${operation.outcome}`;
    events.push(event('operation-ended', key, ended, vpg, severity, text));
  }
  return events;
}

function outageEvents({ component, kind, from, to }: Outage): EngineEvent[] {
  const key = `${component} ${kind} ${from}`;
  const events = [
    event('component-down', key, from, component, 'warning', `${component}: ${kind}`),
  ];
  if (to !== undefined) {
    const text = `${component}: the ${kind} is over`;
    events.push(event('component-up', key, to, component, 'information', text));
  }
  return events;
}

function vpgEvents({ name, gaps, checkpoints }: VpgSnapshot): EngineEvent[] {
  const events = checkpoints.tagged.map(({ id, time, tag, application }) =>
    event(
      'checkpoint-tagged',
      `${name} ${id} ${tag}`,
      time,
      name,
      'information',
      `${name}: checkpoint ${id} is “${tag}”${application ? ', application-consistent' : ''}`,
    ),
  );
  for (const { from, to, cause } of gaps) {
    const key = `${name} ${from}`;
    const began = `${name} has no checkpoints from here on (${cause})`;
    events.push(event('gap-begun', key, from, name, 'warning', began));
    if (to === undefined) continue;
    const text = `${name} has checkpoints again (${cause})`;
    events.push(event('gap-ended', key, to, name, 'information', text));
  }
  return events;
}

function event(
  kind: EventKind,
  key: string,
  at: number,
  subject: string,
  severity: EngineEvent['severity'],
  message: string,
): EngineEvent {
  return { id: `${kind} ${key}`, at, kind, subject, severity, message };
}
