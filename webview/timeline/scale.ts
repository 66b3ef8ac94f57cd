/** Which stretch of time is in view, and where on the page a time lies. */

export interface View {
  /** Milliseconds at the left and right edge. */
  readonly from: number;
  readonly to: number;
}

/** Closer than this nothing new appears: checkpoints are 5 s apart. */
export const shortestView = 10_000;

/** Keeps a view inside the whole, as long as it is. */
export function clampView(view: View, whole: View): View {
  const full = whole.to - whole.from;
  const span = Math.min(Math.max(view.to - view.from, Math.min(shortestView, full)), full);
  const from = Math.min(Math.max(view.from, whole.from), whole.to - span);
  return { from, to: from + span };
}

/** Zooms by a factor (below 1 is closer), keeping `anchor` where it is on the page. */
export function zoom(view: View, whole: View, factor: number, anchor: number): View {
  const span = (view.to - view.from) * factor;
  const full = whole.to - whole.from;
  const kept = Math.min(Math.max(span, Math.min(shortestView, full)), full);
  const share = (anchor - view.from) / (view.to - view.from);
  const from = anchor - share * kept;
  return clampView({ from, to: from + kept }, whole);
}

/** Moves by a share of what is in view. */
export function pan(view: View, whole: View, share: number): View {
  const by = (view.to - view.from) * share;
  return clampView({ from: view.from + by, to: view.to + by }, whole);
}

export class Scale {
  readonly view: View;
  readonly width: number;

  constructor(view: View, width: number) {
    this.view = view;
    this.width = width;
  }

  /** Page position of a time, in pixels from the left edge of the lanes. */
  x(time: number): number {
    return ((time - this.view.from) / (this.view.to - this.view.from)) * this.width;
  }

  time(x: number): number {
    return this.view.from + (x / this.width) * (this.view.to - this.view.from);
  }

  /** The part of a stretch that is in view, as position and width; undefined where none is. */
  clip(from: number, to: number): { x: number; width: number } | undefined {
    const start = Math.max(from, this.view.from);
    const end = Math.min(to, this.view.to);
    if (end < start) return undefined;
    return { x: this.x(start), width: Math.max(this.x(end) - this.x(start), 0) };
  }
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const steps = [
  second,
  5 * second,
  10 * second,
  30 * second,
  minute,
  5 * minute,
  10 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  5 * day,
  10 * day,
];

/** Round times to label, at least `room` pixels apart. */
export function ticks(scale: Scale, room: number): number[] {
  const perPixel = (scale.view.to - scale.view.from) / scale.width;
  const step = steps.find((candidate) => candidate / perPixel >= room) ?? 10 * day;
  const found: number[] = [];
  for (let at = Math.ceil(scale.view.from / step) * step; at <= scale.view.to; at += step) {
    found.push(at);
  }
  return found;
}
