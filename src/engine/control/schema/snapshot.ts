/**
 * What an engine says of its lab. Loose where {@link requestSchema} is strict: what a newer engine adds is
 * dropped by an older client, not refused.
 */
import { z } from 'zod';
import type {
  Alert,
  CheckpointRun,
  DatastoreSnapshot,
  Gap,
  JournalSnapshot,
  LabSnapshot,
  Operation,
  Outage,
  Reply,
  SiteSnapshot,
  TaggedCheckpoint,
  Task,
  Timeline,
  VpgSnapshot,
  VraRates,
  VraSnapshot,
} from '../../api.ts';
import { gapCause, health, outageKind, vpgStatus, vpgSubStatus } from './words.ts';

const text = z.string();
const texts = z.array(text);
const number = z.number();

const run: z.ZodType<CheckpointRun> = z.object({
  from: number,
  to: number,
  interval: number,
  count: number,
  firstId: number,
});

const tagged: z.ZodType<TaggedCheckpoint> = z.object({
  id: number,
  time: number,
  tag: text,
  application: z.literal(true).optional(),
});

const gap: z.ZodType<Gap> = z.object({ from: number, to: number.optional(), cause: gapCause });

const outage: z.ZodType<Outage> = z.object({
  component: text,
  kind: outageKind,
  from: number,
  to: number.optional(),
});

const alert: z.ZodType<Alert> = z.object({
  id: text,
  level: z.enum(['warning', 'error']),
  site: text,
  message: text,
  vpgs: texts,
  raised: number,
  cleared: number.optional(),
});

const checkpoint = z.object({ id: number, time: number });

const operation: z.ZodType<Operation> = z.object({
  id: text,
  verb: text,
  vpg: text,
  vms: texts.optional(),
  site: text.optional(),
  at: number,
  ended: number.optional(),
  result: z.enum(['success', 'refused', 'running']),
  reason: text.optional(),
  missing: texts.optional(),
  checkpoint: checkpoint.optional(),
  steps: z.array(z.object({ what: text, at: number, result: z.enum(['success', 'failed']) })),
  outcome: z.enum(['passed', 'failed', 'committed', 'rolled-back']).optional(),
  shortfalls: texts.optional(),
  rto: number.optional(),
  notes: text.optional(),
});

const task: z.ZodType<Task> = z.object({
  what: text,
  vpg: text,
  operation: text.optional(),
  progress: z.object({ done: number, total: number }).optional(),
});

const journal: z.ZodType<JournalSnapshot> = z.object({
  vm: text,
  bytes: number,
  hardLimit: number.optional(),
  warning: number.optional(),
  atLimit: z.boolean(),
});

const vpg: z.ZodType<VpgSnapshot> = z.object({
  name: text,
  from: text,
  to: text,
  vms: texts,
  status: vpgStatus,
  subStatus: vpgSubStatus,
  health,
  replicating: z.boolean(),
  rpo: number.optional(),
  lastCheckpointAge: number.optional(),
  history: number,
  coveredHistory: number,
  configuredHistory: number,
  checkpoints: z.object({
    count: number,
    oldest: number.optional(),
    newest: number.optional(),
    runs: z.array(run),
    tagged: z.array(tagged),
  }),
  gaps: z.array(gap),
  testing: z.boolean(),
  journalBytes: number,
  journals: z.array(journal),
});

const datastore: z.ZodType<DatastoreSnapshot> = z.object({
  name: text,
  capacity: number,
  free: number,
});

const vra: z.ZodType<VraSnapshot> = z.object({
  name: text,
  up: z.boolean(),
  transmit: number,
  receive: number,
  diskWrite: number,
  sendBuffer: number,
  receiveBuffer: number,
});

const site: z.ZodType<SiteSnapshot> = z.object({
  name: text,
  zvmUp: z.boolean(),
  connectedTo: texts,
  vras: z.array(vra),
  datastores: z.array(datastore),
});

export const snapshotSchema: z.ZodType<LabSnapshot> = z.object({
  now: number,
  sites: z.array(site),
  vpgs: z.array(vpg),
  alerts: z.array(alert),
  operations: z.array(operation),
  tasks: z.array(task),
  outages: z.array(outage),
});

const rates: z.ZodType<VraRates> = z.object({
  name: text,
  samples: z.array(z.object({ at: number, transmit: number, receive: number, diskWrite: number })),
});

export const timelineSchema: z.ZodType<Timeline> = z.object({
  from: number,
  to: number,
  snapshot: snapshotSchema,
  rates: z.array(rates),
});

export const replySchema: z.ZodType<Reply> = z.discriminatedUnion('result', [
  z.object({
    result: z.literal('success'),
    operation: text.optional(),
    checkpoint: checkpoint.optional(),
    images: z.record(text, text).optional(),
    shortfalls: texts.optional(),
  }),
  z.object({ result: z.literal('refused'), reason: text, missing: texts }),
]);
