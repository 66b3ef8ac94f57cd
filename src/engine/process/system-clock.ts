import type { Clock } from '../world/world.ts';

/** The machine's own clock, for what surrounds the lab: clients, sockets, patience. */
export const systemClock: Clock = {
  now: () => Date.now(),
  timeOfDay: () => {
    const now = new Date();
    return ((now.getHours() * 60 + now.getMinutes()) * 60 + now.getSeconds()) * 1000;
  },
  elapsed: () => performance.now(),
  after: (delay, run) => {
    const timer = setTimeout(run, delay);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
  beat: (delay, _period, run) =>
    systemClock.after(delay, () => {
      run(0);
    }),
};
