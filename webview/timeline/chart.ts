/** Draws rows and rates for a view. What is out of view is not drawn, so a month costs what a minute does. */
import type { Timeline, VraRates } from '../../src/engine/api.ts';
import type { Mark, Row } from './rows.ts';
import { Scale, ticks, type View } from './scale.ts';
import { svg } from './svg.ts';
import { timeText, rate } from './wording.ts';

export const layout = {
  /** Room for the names of the rows, in pixels. */
  names: 176,
  right: 16,
  axis: 28,
  vpg: 56,
  component: 30,
  alert: 26,
  rates: 68,
} as const;

/** Narrower than this a mark is hard to see and to hit. */
const narrowest = 3;
/** Single checkpoints are drawn when they are this far apart, in pixels. */
const roomForCheckpoints = 6;
/** Rough width of a character of a label. */
const characterWidth = 6.4;

export interface Drawing {
  readonly root: SVGSVGElement;
  readonly scale: Scale;
  readonly height: number;
  /** The element that stands for each mark, in reading order, for the keyboard. */
  readonly marks: readonly { readonly element: SVGElement; readonly mark: Mark }[];
}

export function draw(
  timeline: Timeline,
  rows: readonly Row[],
  view: View,
  width: number,
  withRates: boolean,
): Drawing {
  const scale = new Scale(view, Math.max(width - layout.names - layout.right, 50));
  const marks: { element: SVGElement; mark: Mark }[] = [];
  const lanes = svg('g', { transform: `translate(${String(layout.names)} 0)` });
  const names = svg('g', { class: 'names' });
  let top: number = layout.axis;
  const addName = (name: string, detail: string, state: string, height: number): void => {
    const middle = top + height / 2;
    if (state) names.append(svg('circle', { class: `state ${state}`, cx: 10, cy: middle, r: 4 }));
    const text = svg(
      'text',
      { class: 'name', x: 22, y: detail ? middle - 3 : middle + 4 },
      clip(name, 22),
    );
    text.append(svg('title', {}, name));
    names.append(text);
    if (detail)
      names.append(svg('text', { class: 'detail', x: 22, y: middle + 11 }, clip(detail, 24)));
  };
  for (const row of rows) {
    const height = layout[row.kind];
    const inline = row.kind !== 'vpg' && row.detail !== '';
    lanes.append(
      svg('line', { class: 'separator', x1: -layout.names, x2: scale.width, y1: top, y2: top }),
    );
    addName(
      inline ? `${row.name} · ${row.detail}` : row.name,
      inline ? '' : row.detail,
      row.kind === 'vpg' ? (row.state ?? '') : '',
      height,
    );
    for (const mark of row.marks) {
      const element = drawMark(mark, row, scale, top);
      if (!element) continue;
      lanes.append(element);
      if (mark.kind !== 'aged-out') marks.push({ element, mark });
    }
    top += height;
  }
  if (withRates) {
    for (const rates of timeline.rates) {
      lanes.append(
        svg('line', { class: 'separator', x1: -layout.names, x2: scale.width, y1: top, y2: top }),
      );
      addName(rates.name, `peak ${rate(peakOf(rates))}`, '', layout.rates);
      lanes.append(drawRates(rates, scale, top, layout.rates));
      top += layout.rates;
    }
  }
  const height = top + 8;
  const axis = drawAxis(scale, height);
  const root = svg(
    'svg',
    {
      class: 'chart',
      width: layout.names + scale.width + layout.right,
      height,
      role: 'group',
      'aria-label': `Timeline from ${timeText(view.from)} to ${timeText(view.to)}`,
    },
    patterns(),
    svg('clipPath', { id: 'lanes' }, svg('rect', { x: -1, y: 0, width: scale.width + 2, height })),
    names,
  );
  const clipped = svg('g', { 'clip-path': 'url(#lanes)' });
  clipped.append(...lanes.childNodes);
  lanes.append(axis, clipped, svg('line', { class: 'cursor', y1: 0, y2: height }));
  root.append(lanes);
  return { root, scale, height, marks };
}

/** Two hatchings, because colour alone tells nothing to those who do not see it. */
function patterns(): SVGElement {
  const hatch = (id: string, path: string): SVGElement =>
    svg(
      'pattern',
      { id, width: 8, height: 8, patternUnits: 'userSpaceOnUse' },
      svg('path', { d: path, class: `hatch ${id}` }),
    );
  return svg(
    'defs',
    {},
    hatch('hatch-gap', 'M-2 2 2 -2 M0 8 8 0 M6 10 10 6'),
    hatch('hatch-outage', 'M-2 6 2 10 M0 0 8 8 M6 -2 10 2'),
  );
}

function drawAxis(scale: Scale, height: number): SVGElement {
  const axis = svg('g', { class: 'axis', 'aria-hidden': 'true' });
  const times = ticks(scale, 84);
  const seconds = times.some((time) => time % 60_000 !== 0);
  for (const time of times) {
    const x = Math.round(scale.x(time)) + 0.5;
    axis.append(
      svg('line', {
        class: time === 0 ? 'start' : 'grid',
        x1: x,
        x2: x,
        y1: layout.axis - 6,
        y2: height,
      }),
      svg(
        'text',
        { x, y: layout.axis - 12, 'text-anchor': anchorOf(x, scale.width) },
        timeText(time, seconds),
      ),
    );
  }
  return axis;
}

/** Labels at the edges grow inwards, where there is room for them. */
function anchorOf(x: number, width: number): string {
  if (x < 20) return 'start';
  return x > width - 20 ? 'end' : 'middle';
}

function drawMark(mark: Mark, row: Row, scale: Scale, top: number): SVGElement | undefined {
  const clipped = scale.clip(mark.from, mark.to);
  if (!clipped) return undefined;
  const group = svg('g', {
    class: `mark ${mark.kind}`,
    tabindex: -1,
    role: 'img',
    'aria-label': mark.text,
    'data-kind': mark.kind,
    'data-from': mark.from,
    'data-to': mark.to,
  });
  switch (mark.kind) {
    case 'checkpoints':
      drawCheckpoints(group, clipped, mark, scale, top);
      return group;
    case 'aged-out':
      group.append(svg('rect', { x: clipped.x, y: top + 22, width: clipped.width, height: 16 }));
      group.setAttribute('aria-hidden', 'true');
      return group;
    case 'gap':
      addBar(group, clipped, top + 18, 24, mark.label, 'url(#hatch-gap)');
      return group;
    case 'outage':
      addBar(group, clipped, top + 5, layout.component - 10, mark.label, 'url(#hatch-outage)');
      return group;
    case 'alert-error':
    case 'alert-warning':
      addBar(group, clipped, top + 5, layout.alert - 10, mark.label, undefined);
      return group;
    case 'tag':
    case 'operation':
    case 'refused':
      drawPoint(group, mark, clipped.x, top, row, scale);
      return group;
  }
}

function drawCheckpoints(
  group: SVGElement,
  place: { x: number; width: number },
  mark: Mark,
  scale: Scale,
  top: number,
): void {
  group.append(
    svg('rect', {
      x: place.x,
      y: top + 22,
      width: Math.max(place.width, narrowest),
      height: 16,
      rx: 2,
    }),
  );
  const interval = 5000;
  const apart = scale.x(interval) - scale.x(0);
  if (apart < roomForCheckpoints) return;
  const first = Math.max(
    mark.from,
    mark.from + Math.ceil((scale.view.from - mark.from) / interval) * interval,
  );
  const last = Math.min(mark.to, scale.view.to);
  for (let time = first; time <= last; time += interval) {
    const x = scale.x(time);
    group.append(svg('line', { class: 'checkpoint', x1: x, x2: x, y1: top + 19, y2: top + 41 }));
  }
}

function addBar(
  group: SVGElement,
  place: { x: number; width: number },
  y: number,
  height: number,
  label: string,
  hatch: string | undefined,
): void {
  const width = Math.max(place.width, narrowest);
  const box = { x: place.x, y, width, height, rx: 2 };
  group.append(svg('rect', { ...box, class: 'ground' }));
  if (hatch !== undefined) group.append(svg('rect', { ...box, fill: hatch, class: 'hatching' }));
  group.append(svg('rect', { ...box, class: 'frame' }));
  const room = Math.floor((width - 12) / characterWidth);
  if (room < Math.min(label.length, 6)) return;
  const text = clip(label, room);
  group.append(
    svg('rect', {
      class: 'plate',
      x: place.x + 4,
      y: y + 2,
      width: text.length * characterWidth + 6,
      height: height - 4,
    }),
    svg('text', { x: place.x + 7, y: y + height / 2 + 4 }, text),
  );
}

/** A sign above the band: a flag for a tag, a diamond for an operation, a cross for a refusal. */
function drawPoint(
  group: SVGElement,
  mark: Mark,
  x: number,
  top: number,
  row: Row,
  scale: Scale,
): void {
  const y = top + 10;
  const shapes = {
    tag: `M${String(x)} ${String(y + 12)}v-16h8l-2.5 3.5 2.5 3.5h-8`,
    refused: `M${String(x - 4)} ${String(y - 4)}l8 8m0 -8l-8 8`,
    operation: `M${String(x)} ${String(y - 6)}l6 6 -6 6 -6 -6z`,
  };
  const shape = shapes[mark.kind as keyof typeof shapes];
  group.append(
    svg('line', { class: 'stem', x1: x, x2: x, y1: y + 6, y2: top + 22 }),
    svg('path', { class: 'sign', d: shape }),
    // A larger target than the sign itself, for hands.
    svg('rect', { class: 'target', x: x - 8, y: y - 8, width: 16, height: 20 }),
  );
  const next = row.marks
    .filter((other) => other.from > mark.from && isPoint(other))
    .reduce((nearest, other) => Math.min(nearest, scale.x(other.from)), scale.width);
  const room = Math.floor((next - x - 22) / characterWidth);
  if (room >= Math.min(mark.label.length, 6)) {
    group.append(svg('text', { x: x + 11, y: y + 4 }, clip(mark.label, room)));
  }
}

function isPoint(mark: Mark): boolean {
  return mark.kind === 'tag' || mark.kind === 'operation' || mark.kind === 'refused';
}

const curves = ['transmit', 'receive', 'diskWrite'] as const;

function peakOf(rates: VraRates): number {
  return rates.samples.reduce(
    (peak, sample) => Math.max(peak, sample.transmit, sample.receive, sample.diskWrite),
    0,
  );
}

function drawRates(rates: VraRates, scale: Scale, top: number, height: number): SVGElement {
  const peak = Math.max(peakOf(rates), 1);
  const group = svg('g', {
    class: 'rates',
    role: 'img',
    'aria-label': `Rates of the VRA ${rates.name}, at most ${rate(peak)}`,
  });
  const bottom = top + height - 8;
  for (const curve of curves) {
    if (rates.samples.every((sample) => sample[curve] === 0)) continue;
    const points = rates.samples
      .map((sample) => {
        const y = bottom - (sample[curve] / peak) * (height - 18);
        return `${scale.x(sample.at).toFixed(1)},${y.toFixed(1)}`;
      })
      .join(' ');
    group.append(svg('polyline', { class: `rate ${curve}`, points }));
  }
  return group;
}

function clip(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(room - 1, 1))}…`;
}
