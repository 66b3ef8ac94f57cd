/** Questions and answers as schemas. Questions are strict, answers are loose; see {@link requestSchema}. */
import { z } from 'zod';
import { byOneOf, checkpointSchema, name, note, requestSchema, vms } from './requests.ts';
import { replySchema, snapshotSchema, timelineSchema } from './snapshot.ts';
import type { EngineEvent } from '../engine-events.ts';
import type {
  Answers,
  CloneAnswer,
  Done,
  EngineInfo,
  MountAnswer,
  Question,
  QuestionKind,
  ServedDisk,
  ServedImage,
} from '../questions.ts';

const only = <K extends QuestionKind>(kind: K) => z.strictObject({ kind: z.literal(kind) });
const path = z.string().min(1).max(4096);

export const questionSchema: z.ZodType<Question> = byOneOf<Question>({
  engine: only('engine'),
  snapshot: only('snapshot'),
  timeline: only('timeline'),
  events: only('events'),
  disks: only('disks'),
  images: only('images'),
  subscribe: z.strictObject({
    kind: z.literal('subscribe'),
    snapshots: z.boolean(),
    events: z.boolean(),
  }),
  request: z.strictObject({
    kind: z.literal('request'),
    site: name.optional(),
    request: requestSchema,
  }),
  power: z.strictObject({
    kind: z.literal('power'),
    component: name,
    verb: z.enum(['powerOff', 'powerOn', 'reboot', 'crash']),
  }),
  'cut-link': z.strictObject({ kind: z.literal('cut-link'), link: name }),
  'heal-link': z.strictObject({ kind: z.literal('heal-link'), link: name }),
  'degrade-link': z.strictObject({
    kind: z.literal('degrade-link'),
    link: name,
    bandwidth: z.number().positive().max(1e15).optional(),
    latency: z.number().min(0).max(3_600_000).optional(),
    loss: z.number().min(0).max(1).optional(),
    mtu: z.int().min(68).max(65_535).optional(),
  }),
  clone: z.strictObject({
    kind: z.literal('clone'),
    vpg: name,
    site: name.optional(),
    checkpoint: checkpointSchema,
    vms,
    to: path,
    format: z.enum(['raw', 'qcow2', 'vmdk', 'vhd', 'vhdx']),
  }),
  mount: z.strictObject({
    kind: z.literal('mount'),
    vpg: name,
    site: name.optional(),
    checkpoint: checkpointSchema,
    vm: name.optional(),
    disk: name.optional(),
    notes: note.optional(),
  }),
  unmount: z.strictObject({ kind: z.literal('unmount'), mount: name }),
  stop: only('stop'),
});

const text = z.string();
const number = z.number();

export const engineInfoSchema: z.ZodType<EngineInfo> = z.object({
  version: text,
  pid: number,
  topology: text,
  state: text,
  started: number,
  stays: z.boolean(),
});

export const eventSchema: z.ZodType<EngineEvent> = z.object({
  id: text,
  at: number,
  kind: text,
  subject: text,
  severity: z.enum(['information', 'warning', 'error']),
  message: text,
});

const servedDisk = { disk: text, size: number, uri: text };
const disk: z.ZodType<ServedDisk> = z.object(servedDisk);
const image: z.ZodType<ServedImage> = z.object({ ...servedDisk, image: text });
const done: z.ZodType<Done> = z.object({ done: z.literal(true) });

const refused = z.object({ result: z.literal('refused'), reason: text, missing: z.array(text) });

const cloneAnswer: z.ZodType<CloneAnswer> = z.discriminatedUnion('result', [
  z.object({
    result: z.literal('success'),
    operation: text.optional(),
    checkpoint: z.object({ id: number, time: number }).optional(),
    images: z.record(text, text).optional(),
    shortfalls: z.array(text).optional(),
    files: z.record(text, text),
  }),
  refused,
]);

const mountAnswer: z.ZodType<MountAnswer> = z.discriminatedUnion('result', [
  z.object({
    result: z.literal('success'),
    mount: text,
    checkpoint: z.object({ id: number, time: number }),
    disks: z.array(disk),
  }),
  refused,
]);

export const answerSchemas: { readonly [K in QuestionKind]: z.ZodType<Answers[K]> } = {
  engine: engineInfoSchema,
  snapshot: snapshotSchema,
  timeline: timelineSchema,
  events: z.array(eventSchema),
  disks: z.array(disk),
  images: z.array(image),
  subscribe: done,
  request: replySchema,
  power: done,
  'cut-link': done,
  'heal-link': done,
  'degrade-link': done,
  clone: cloneAnswer,
  mount: mountAnswer,
  unmount: done,
  stop: done,
};
