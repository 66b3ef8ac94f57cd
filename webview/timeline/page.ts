/** The timeline page: header, picture, text. It keeps only what the person at it has chosen. */
import { draw, layout, type Drawing } from './chart.ts';
import { fillHeader } from './header.ts';
import type { TimelineContent } from './protocol.ts';
import { rowsOf, summaryOf, type Mark, type Row } from './rows.ts';
import { clampView, pan, zoom, type View } from './scale.ts';
import { html } from './svg.ts';
import { textView } from './text-view.ts';
import { Tooltip } from './tooltip.ts';
import { timeText } from './wording.ts';

export interface PageActions {
  readonly runAgain: () => void;
  readonly reveal: (target: NonNullable<Mark['target']>) => void;
  /** What to keep over a reload. */
  readonly remember: (choice: PageChoice) => void;
}

export interface PageChoice {
  readonly view: View | undefined;
  readonly rates: boolean;
}

export class Page {
  readonly #root: HTMLElement;
  readonly #actions: PageActions;
  readonly #tooltip = new Tooltip();
  readonly #header = html('header');
  readonly #picture = html('div', {
    class: 'picture',
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'timeline',
    'aria-label':
      'Timeline. Arrow keys move, plus and minus zoom, 0 shows all, N and P go to the next and previous mark, Enter opens it in the file.',
  });
  readonly #position = html('output', { class: 'position', 'aria-live': 'off' });
  readonly #live = html('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #text = html('div');
  #content: TimelineContent | undefined;
  #rows: readonly Row[] = [];
  #drawing: Drawing | undefined;
  #choice: PageChoice;
  #focused = -1;
  #saidBusy = false;
  /** Where the mark begins that a screen reader was told of last. */
  #told: number | undefined;

  constructor(root: HTMLElement, actions: PageActions, choice: PageChoice) {
    this.#root = root;
    this.#actions = actions;
    this.#choice = choice;
    this.#picture.append(this.#tooltip.element);
    new ResizeObserver(() => {
      this.#draw();
    }).observe(this.#picture);
    this.#listen();
  }

  show(content: TimelineContent): void {
    if (this.#content && sameButGrown(this.#content, content)) {
      this.#grow(content);
      return;
    }
    const pressed = document.activeElement?.getAttribute('title');
    this.#saidBusy = false;
    this.#content = content;
    this.#rows = rowsOf(content.timeline);
    this.#focused = -1;
    fillHeader(this.#header, content, this.#choice.rates, {
      rates: (rates) => {
        this.#choose({ rates });
      },
      zoomBy: (factor) => {
        this.#zoomBy(factor);
      },
      showAll: () => {
        this.#choose({ view: undefined });
      },
      runAgain: this.#actions.runAgain,
    });
    this.#text.replaceChildren(textView(this.#rows, summaryOf(content.timeline)));
    this.#root.replaceChildren(this.#header, this.#picture, this.#position, this.#live, this.#text);
    this.#draw();
    // The buttons are new ones: whoever pressed one by keyboard still stands on it.
    for (const button of this.#header.querySelectorAll<HTMLElement>('[title]')) {
      if (button.getAttribute('title') === pressed) button.focus();
    }
  }

  /** A running lab has lived on: nothing that somebody may be about to press or to read is replaced. */
  #grow(content: TimelineContent): void {
    const before = this.#whole();
    const { view } = this.#choice;
    const follows = view !== undefined && view.to >= before.to;
    this.#content = content;
    this.#rows = rowsOf(content.timeline);
    this.#saidBusy = false;
    if (follows) {
      const by = content.timeline.to - before.to;
      this.#choice = { ...this.#choice, view: { from: view.from + by, to: view.to + by } };
    }
    const old = this.#text.querySelector('details');
    if (old?.open !== true) {
      this.#text.replaceChildren(textView(this.#rows, summaryOf(content.timeline)));
    }
    const focused = this.#drawing?.marks[this.#focused]?.mark;
    this.#draw();
    if (!focused) return;
    const marks = this.#drawing?.marks ?? [];
    this.#focused = marks.findIndex(
      ({ mark }) => mark.kind === focused.kind && mark.from === focused.from,
    );
    this.#markFocus();
  }

  /** A word instead of a picture, while there is none, or above the old one. */
  say(text: string, busy: boolean): void {
    // A reader that is told every percent hears nothing else.
    if (!busy || !this.#saidBusy) this.#live.textContent = text;
    this.#saidBusy = busy;
    if (this.#content) {
      this.#position.textContent = text;
      return;
    }
    this.#root.replaceChildren(
      html('p', { class: busy ? 'message busy' : 'message', role: 'status' }, text),
    );
  }

  #whole(): View {
    const timeline = this.#content?.timeline;
    return { from: timeline?.from ?? 0, to: timeline?.to ?? 1 };
  }

  #view(): View {
    const whole = this.#whole();
    return this.#choice.view ? clampView(this.#choice.view, whole) : whole;
  }

  #choose(choice: Partial<PageChoice>): void {
    this.#choice = { ...this.#choice, ...choice };
    this.#actions.remember(this.#choice);
    this.#draw();
  }

  #zoomBy(factor: number, anchor?: number): void {
    const view = this.#view();
    this.#choose({
      view: zoom(view, this.#whole(), factor, anchor ?? (view.from + view.to) / 2),
    });
  }

  #draw(): void {
    if (!this.#content) return;
    const width = this.#picture.clientWidth;
    if (width === 0) return;
    const drawing = draw(
      this.#content.timeline,
      this.#rows,
      this.#view(),
      width,
      this.#choice.rates,
    );
    this.#drawing?.root.remove();
    this.#drawing = drawing;
    this.#picture.prepend(drawing.root);
    this.#tooltip.hide();
    for (const { element, mark } of drawing.marks) {
      element.addEventListener('pointerenter', (event) => {
        const bounds = this.#picture.getBoundingClientRect();
        this.#tooltip.show(
          mark.text,
          event.clientX - bounds.left,
          event.clientY - bounds.top,
          bounds,
        );
      });
      element.addEventListener('pointerleave', () => {
        this.#tooltip.hide();
      });
      element.addEventListener('dblclick', () => {
        if (mark.target) this.#actions.reveal(mark.target);
      });
    }
    this.#markFocus();
  }

  #listen(): void {
    const picture = this.#picture;
    picture.addEventListener(
      'wheel',
      (event) => {
        if (!this.#drawing) return;
        if (event.ctrlKey || event.metaKey || event.altKey) {
          event.preventDefault();
          this.#zoomBy(event.deltaY > 0 ? 1.2 : 1 / 1.2, this.#timeAt(event));
        } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
          event.preventDefault();
          const by = (event.deltaX || event.deltaY) / this.#drawing.scale.width;
          this.#choose({ view: pan(this.#view(), this.#whole(), by) });
        }
      },
      { passive: false },
    );
    let dragged: { x: number; view: View } | undefined;
    picture.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      dragged = { x: event.clientX, view: this.#view() };
    });
    picture.addEventListener('pointermove', (event) => {
      this.#showCursor(event);
      if (!dragged || !this.#drawing) return;
      const share = (dragged.x - event.clientX) / this.#drawing.scale.width;
      if (Math.abs(dragged.x - event.clientX) < 2) return;
      // Not at once: a captured pointer would keep a double click from reaching the mark under it.
      picture.setPointerCapture(event.pointerId);
      this.#choose({ view: pan(dragged.view, this.#whole(), share) });
    });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      picture.addEventListener(end, () => {
        dragged = undefined;
      });
    }
    picture.addEventListener('pointerleave', () => {
      this.#tooltip.hide();
    });
    picture.addEventListener('keydown', (event) => {
      if (this.#press(event.key)) event.preventDefault();
    });
  }

  #timeAt(event: MouseEvent): number {
    const drawing = this.#drawing;
    if (!drawing) return 0;
    const left = this.#picture.getBoundingClientRect().left + layout.names;
    return drawing.scale.time(event.clientX - left);
  }

  #showCursor(event: PointerEvent): void {
    const drawing = this.#drawing;
    if (!drawing) return;
    const time = this.#timeAt(event);
    const { from, to } = drawing.scale.view;
    const inside = time >= from && time <= to;
    this.#position.textContent = inside ? timeText(time) : '';
    const cursor = drawing.root.querySelector('.cursor');
    if (!cursor) return;
    cursor.classList.toggle('shown', inside);
    const x = drawing.scale.x(time);
    cursor.setAttribute('x1', String(x));
    cursor.setAttribute('x2', String(x));
  }

  /** True where the key means something here. */
  #press(key: string): boolean {
    const view = this.#view();
    const whole = this.#whole();
    switch (key) {
      case '+':
      case '=':
        this.#zoomBy(0.5);
        return true;
      case '-':
        this.#zoomBy(2);
        return true;
      case '0':
        this.#choose({ view: undefined });
        return true;
      case 'ArrowLeft':
        this.#choose({ view: pan(view, whole, -0.2) });
        return true;
      case 'ArrowRight':
        this.#choose({ view: pan(view, whole, 0.2) });
        return true;
      case 'Home':
        this.#choose({ view: pan(view, whole, -1000) });
        return true;
      case 'End':
        this.#choose({ view: pan(view, whole, 1000) });
        return true;
      case 'n':
      case 'p':
        this.#step(key === 'n' ? 1 : -1);
        return true;
      case 'Enter': {
        const target = this.#drawing?.marks[this.#focused]?.mark.target;
        if (target) this.#actions.reveal(target);
        return true;
      }
      case 'Escape':
        this.#focused = -1;
        this.#markFocus();
        return true;
      default:
        return false;
    }
  }

  #step(by: number): void {
    const total = this.#drawing?.marks.length ?? 0;
    if (total === 0) return;
    this.#focused = this.#focused < 0 && by < 0 ? total - 1 : (this.#focused + by + total) % total;
    this.#markFocus();
  }

  #markFocus(): void {
    const marks = this.#drawing?.marks ?? [];
    marks.forEach(({ element }, index) => {
      element.classList.toggle('focused', index === this.#focused);
    });
    const chosen = marks[this.#focused];
    if (!chosen) {
      this.#tooltip.hide();
      return;
    }
    const bounds = this.#picture.getBoundingClientRect();
    const box = chosen.element.getBoundingClientRect();
    // What only grew since is not told again.
    if (this.#told !== chosen.mark.from) this.#live.textContent = chosen.mark.text;
    this.#told = chosen.mark.from;
    this.#tooltip.show(
      chosen.mark.text,
      box.left + box.width / 2 - bounds.left,
      box.top - bounds.top,
      bounds,
    );
  }
}

/** Whether it is the same lab, a while later. */
function sameButGrown(before: TimelineContent, now: TimelineContent): boolean {
  return (
    before.verdict === 'running' &&
    now.verdict === 'running' &&
    before.title === now.title &&
    before.timeline.from === now.timeline.from
  );
}
