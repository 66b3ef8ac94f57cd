/** Entry of the timeline page. */
import * as z from 'zod/mini';
import { host } from '../ui/host.ts';
import { registerComponents } from '../ui/toolkit.ts';
import { readMessage } from './incoming.ts';
import { Page, type PageChoice } from './page.ts';
import { timelineState, type FromTimeline, type TimelineState } from './protocol.ts';

const savedState = z.extend(timelineState, {
  choice: z.optional(
    z.object({
      view: z.optional(z.object({ from: z.number(), to: z.number() })),
      rates: z.boolean(),
    }),
  ),
});

function send(message: FromTimeline): void {
  host().postMessage(message);
}

registerComponents();
const saved = savedState.safeParse(host().getState());
let state: TimelineState | undefined = saved.success ? saved.data : undefined;
let choice: PageChoice = {
  view: saved.success ? saved.data.choice?.view : undefined,
  rates: saved.success ? (saved.data.choice?.rates ?? true) : true,
};

function remember(): void {
  if (state) host().setState({ ...state, choice });
}

const root = document.getElementById('timeline');
if (!root) throw new Error('The timeline page has no element to draw in.');
const page = new Page(
  root,
  {
    runAgain: () => {
      send({ type: 'run-again' });
    },
    reveal: (target) => {
      send({ type: 'reveal', kind: target.kind, name: target.name });
    },
    remember: (chosen) => {
      choice = chosen;
      remember();
    },
  },
  choice,
);

window.addEventListener('message', (event) => {
  const message = readMessage(event.data);
  switch (message?.type) {
    case undefined:
      return;
    case 'show':
      state = message.state;
      remember();
      page.show(message.content);
      return;
    case 'running':
      page.say(`Running ${message.drill}: ${String(Math.round(message.share * 100))} %`, true);
      return;
    case 'failed':
      page.say(message.message, false);
      return;
  }
});
send({ type: 'ready' });
