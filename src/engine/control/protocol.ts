/**
 * The protocol of the engine process: one JSON object a line, in UTF-8.
 *
 * A client says `hello` first. Where the engine speaks its version it answers `hello`, and from then on the
 * client may `ask`; each question is answered once, in any order, by an `answer` or a `failed` with the
 * question's id. What a client has subscribed to arrives in between. An engine that ends a connection says
 * why with `bye`.
 */
import { z } from 'zod';
import type { LabSnapshot } from '../api.ts';
import type { EngineEvent } from './engine-events.ts';
import { failureCode, type EngineInfo, type FailureCode, type Question } from './questions.ts';
import { engineInfoSchema, eventSchema, questionSchema } from './schema/questions.ts';
import { snapshotSchema } from './schema/snapshot.ts';

/** Grows with every change that an older client or engine would misunderstand. */
export const protocolVersion = 1;

export const limits = {
  /** Bytes of a line that a client may send; the longest question has two paths and a note in it. */
  clientLine: 64 * 1024,
  /** Bytes of a line that an engine may send: a timeline of a thousand VRAs is a tenth of it. */
  engineLine: 256 * 1024 * 1024,
  /** Questions of one client that have no answer yet. */
  openQuestions: 64,
  /** What one client may have mounted at the same time. */
  mounts: 16,
  /**
   * Bytes that wait for a client, from which on it is dropped instead of being sent more. One message may
   * be longer by itself.
   */
  queuedBytes: 16 * 1024 * 1024,
  clients: 64,
  /** Milliseconds in which a client has to say hello. */
  helloTime: 10_000,
  /** Milliseconds between two snapshots that a subscriber is sent. */
  snapshotInterval: 1000,
} as const;

export type GoodbyeCode =
  /** The client speaks another version. */
  | 'protocol-version'
  /** What it sent is no message of the protocol. */
  | 'bad-message'
  | 'line-too-long'
  /** It did not say hello in time. */
  | 'no-hello'
  /** More waits for it than is kept. */
  | 'too-slow'
  | 'too-many-clients'
  /** The engine ends. */
  | 'stopping';

export type FromClient =
  | { readonly type: 'hello'; readonly protocol: number; readonly client: string }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question };

export type FromEngine =
  | { readonly type: 'hello'; readonly protocol: number; readonly engine: EngineInfo }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly code: FailureCode;
      readonly message: string;
    }
  /** How far a long question is, in bytes. */
  | {
      readonly type: 'progress';
      readonly id: number;
      readonly done: number;
      readonly total: number;
    }
  | { readonly type: 'snapshot'; readonly snapshot: LabSnapshot }
  | { readonly type: 'event'; readonly event: EngineEvent }
  | { readonly type: 'bye'; readonly code: GoodbyeCode; readonly message: string };

const id = z.int().min(0);

/** Whatever its version, this much of a hello is understood, so that the refusal can be. */
export const helloSchema = z.looseObject({
  type: z.literal('hello'),
  protocol: z.int(),
  client: z.string().max(200),
});

/** An ask whose question may be anything: it is refused by its id. */
export const askSchema = z.strictObject({ type: z.literal('ask'), id, question: z.unknown() });

export { questionSchema };

const fromEngine: z.ZodType<FromEngine> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), protocol: z.int(), engine: engineInfoSchema }),
  z.object({ type: z.literal('answer'), id, answer: z.unknown() }),
  z.object({ type: z.literal('failed'), id, code: failureCode, message: z.string() }),
  z.object({ type: z.literal('progress'), id, done: z.number(), total: z.number() }),
  z.object({ type: z.literal('snapshot'), snapshot: snapshotSchema }),
  z.object({ type: z.literal('event'), event: eventSchema }),
  z.object({
    type: z.literal('bye'),
    // A newer engine may have more reasons; the message says which.
    code: z.string().transform((code) => code as GoodbyeCode),
    message: z.string(),
  }),
]);

export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** A line as JSON, and that as what a schema says; a problem is short whatever the line is. */
export function readLine<T>(line: string, schema: z.ZodType<T>): Read<T> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, problem: 'it is no JSON' };
  }
  return check(value, schema);
}

export function check<T>(value: unknown, schema: z.ZodType<T>): Read<T> {
  const parsed = schema.safeParse(value);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, problem: inShort(parsed.error) };
}

export function readFromEngine(line: string): Read<FromEngine> {
  return readLine(line, fromEngine);
}

const encoder = new TextEncoder();

export function encode(message: FromClient | FromEngine): Uint8Array {
  return encoder.encode(`${JSON.stringify(message)}\n`);
}

const longestProblem = 300;

function inShort(error: z.ZodError): string {
  const [first] = error.issues;
  const where = first?.path.map(String).join('.') ?? '';
  const text = `${where === '' ? '' : `${where}: `}${first?.message ?? 'it is not understood'}`;
  return text.length > longestProblem ? `${text.slice(0, longestProblem)}…` : text;
}
