/**
 * What the timeline page and the window say to each other. The page owns these shapes; both ends
 * check what they receive against them.
 */
import * as z from 'zod/mini';
import type { Timeline } from '../../src/engine/api.ts';

// Without this zod compiles its checks with `eval`: the page's policy forbids that, and probing for it
// makes the extension host complain.
z.config({ jitless: true });

/** What is shown: one drill's run, or what a running lab has lived through so far. */
export interface TimelineContent {
  readonly title: string;
  readonly subtitle: string;
  readonly verdict: 'passed' | 'failed' | 'running' | 'ended';
  readonly failures: readonly string[];
  readonly timeline: Timeline;
}

/** What the page keeps over a reload of the window, as far as the window has to know it. */
export const timelineState = z.object({
  /** URI of the topology file. */
  uri: z.string(),
  /** Empty where it is the running lab that is shown. */
  drill: z.string(),
  seed: z.int(),
});
export type TimelineState = z.infer<typeof timelineState>;

export type ToTimeline =
  | { readonly type: 'show'; readonly state: TimelineState; readonly content: TimelineContent }
  | { readonly type: 'running'; readonly drill: string; readonly share: number }
  | { readonly type: 'failed'; readonly message: string };

export const fromTimeline = z.discriminatedUnion('type', [
  /** The page is there and wants its content. */
  z.object({ type: z.literal('ready') }),
  /** Go to the place in the file: a VPG, a component or an operation's verb at its time. */
  z.object({
    type: z.literal('reveal'),
    kind: z.enum(['vpg', 'component', 'drill']),
    name: z.string().check(z.maxLength(1000)),
  }),
  z.object({ type: z.literal('run-again') }),
]);
export type FromTimeline = z.infer<typeof fromTimeline>;
