/** What the window may send. The content is checked as deep as drawing it relies on. */
import * as z from 'zod/mini';
import { timelineState, type ToTimeline } from './protocol.ts';

const list = z.array(z.unknown());

const content = z.looseObject({
  title: z.string(),
  subtitle: z.string(),
  verdict: z.enum(['passed', 'failed', 'running', 'ended']),
  failures: z.array(z.string()),
  timeline: z.looseObject({
    from: z.number(),
    to: z.number(),
    rates: z.array(z.looseObject({ name: z.string(), samples: list })),
    snapshot: z.looseObject({
      vpgs: z.array(
        z.looseObject({
          name: z.string(),
          gaps: z.array(z.looseObject({ from: z.number(), cause: z.string() })),
          checkpoints: z.looseObject({
            count: z.number(),
            runs: z.array(z.looseObject({ from: z.number(), to: z.number() })),
            tagged: list,
          }),
        }),
      ),
      alerts: z.array(z.looseObject({ id: z.string(), raised: z.number() })),
      operations: z.array(z.looseObject({ verb: z.string(), at: z.number() })),
      outages: z.array(z.looseObject({ component: z.string(), from: z.number() })),
    }),
  }),
});

const toTimeline = z.discriminatedUnion('type', [
  z.object({ type: z.literal('show'), state: timelineState, content }),
  z.object({ type: z.literal('running'), drill: z.string(), share: z.number() }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);

/** Undefined for what is no message of ours. */
export function readMessage(data: unknown): ToTimeline | undefined {
  const parsed = toTimeline.safeParse(data);
  // The shape was checked as far as drawing goes wrong without it; the rest is the window's own type.
  return parsed.success ? (parsed.data as unknown as ToTimeline) : undefined;
}
