/** What a client may ask of a ZVM. Strict: a key that is not known is an error, never ignored. */
import { z } from 'zod';
import type { CheckpointSelector, Request, RestoredFile } from '../../api.ts';

/** The name of anything that a topology declares. */
export const name = z.string().min(1).max(1000);
/** What a person writes. */
export const note = z.string().max(4000);
/** Milliseconds since 1970, within what a `Date` can hold. */
export const time = z.number().min(-8.64e15).max(8.64e15);
const wholeNumber = z.int().min(0);
/** VMs of a VPG: none is no choice. */
export const vms = z.array(name).min(1).max(10_000).optional();

export const checkpointSchema: z.ZodType<CheckpointSelector> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('latest') }),
  z.strictObject({ kind: z.literal('oldest') }),
  z.strictObject({ kind: z.literal('id'), id: wholeNumber }),
  z.strictObject({ kind: z.literal('tag'), tag: name }),
  z.strictObject({ kind: z.literal('time'), time, inclusive: z.boolean() }),
]);

const recoveryOptions = {
  commitPolicy: z.enum(['none', 'commit', 'rollback']).optional(),
  commitTimeout: wholeNumber.optional(),
  reverseProtection: z.boolean().optional(),
  continueOnScriptFailure: z.boolean().optional(),
};

const restoredFile: z.ZodType<RestoredFile> = z.strictObject({
  path: name,
  vm: name,
  disk: name,
  offset: wholeNumber,
  length: wholeNumber,
});

type Kind = Request['kind'];

/** One for every kind: a request that the engine learns has to be added here, or nothing compiles. */
const byKind: { readonly [K in Kind]: z.ZodType<Extract<Request, { kind: K }>> } = {
  'enter-license': z.strictObject({ kind: z.literal('enter-license') }),
  'install-vra': z.strictObject({ kind: z.literal('install-vra'), host: name }),
  pair: z.strictObject({ kind: z.literal('pair'), site: name }),
  'create-vpg': z.strictObject({ kind: z.literal('create-vpg'), vpg: name }),
  checkpoint: z.strictObject({
    kind: z.literal('checkpoint'),
    vpg: name,
    tag: name,
    application: z.boolean().optional(),
  }),
  'failover-test': z.strictObject({
    kind: z.literal('failover-test'),
    vpg: name,
    checkpoint: checkpointSchema,
    vms,
  }),
  'stop-test': z.strictObject({
    kind: z.literal('stop-test'),
    vpg: name,
    success: z.boolean().optional(),
    notes: note.optional(),
  }),
  'force-sync': z.strictObject({ kind: z.literal('force-sync'), vpg: name }),
  failover: z.strictObject({
    kind: z.literal('failover'),
    vpg: name,
    checkpoint: checkpointSchema,
    shutdown: z.enum(['none', 'shutdown', 'force']).optional(),
    ...recoveryOptions,
  }),
  commit: z.strictObject({
    kind: z.literal('commit'),
    vpg: name,
    reverseProtection: z.boolean().optional(),
  }),
  rollback: z.strictObject({ kind: z.literal('rollback'), vpg: name }),
  move: z.strictObject({
    kind: z.literal('move'),
    vpg: name,
    force: z.boolean().optional(),
    ...recoveryOptions,
  }),
  clone: z.strictObject({
    kind: z.literal('clone'),
    vpg: name,
    checkpoint: checkpointSchema,
    datastore: name.optional(),
    vms,
  }),
  'restore-file': z.strictObject({
    kind: z.literal('restore-file'),
    vpg: name,
    checkpoint: checkpointSchema,
    file: restoredFile,
  }),
  mount: z.strictObject({
    kind: z.literal('mount'),
    vpg: name,
    checkpoint: checkpointSchema,
    vm: name.optional(),
    disk: name.optional(),
    notes: note.optional(),
  }),
  'reverse-protect': z.strictObject({ kind: z.literal('reverse-protect'), vpg: name }),
  pause: z.strictObject({ kind: z.literal('pause'), vpg: name }),
  resume: z.strictObject({ kind: z.literal('resume'), vpg: name }),
};

export const requestSchema: z.ZodType<Request> = byOneOf(byKind);

/** A union by `kind` whose complaint is about the kind that is meant. */
export function byOneOf<T extends { readonly kind: string }>(schemas: {
  readonly [K in T['kind']]: z.ZodType<Extract<T, { kind: K }>>;
}): z.ZodType<T> {
  const kinds = Object.keys(schemas) as T['kind'][];
  return z.looseObject({ kind: z.enum(kinds) }).transform((value, context): T => {
    const parsed = schemas[value.kind].safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      context.addIssue({ code: 'custom', message: issue.message, path: issue.path.map(String) });
    }
    return z.NEVER;
  });
}
