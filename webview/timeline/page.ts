/** The timeline page: header, picture, text. It keeps only what the person at it has chosen. */
import { createButton, createCheckbox } from '../ui/toolkit.ts';
import { draw, layout, type Drawing } from './chart.ts';
import type { TimelineContent } from './protocol.ts';
import { rowsOf, summaryOf, type Mark, type Row } from './rows.ts';
import { clampView, pan, zoom, type View } from './scale.ts';
import { html } from './svg.ts';
import { textView } from './text-view.ts';
import { Tooltip } from './tooltip.ts';
import { count, offset } from './wording.ts';

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
    const pressed = document.activeElement?.getAttribute('title');
    this.#saidBusy = false;
    this.#content = content;
    this.#rows = rowsOf(content.timeline);
    this.#focused = -1;
    this.#fillHeader(content);
    this.#text.replaceChildren(textView(this.#rows, summaryOf(content.timeline)));
    this.#root.replaceChildren(this.#header, this.#picture, this.#position, this.#live, this.#text);
    this.#draw();
    // The buttons are new ones: whoever pressed one by keyboard still stands on it.
    for (const button of this.#header.querySelectorAll<HTMLElement>('[title]')) {
      if (button.getAttribute('title') === pressed) button.focus();
    }
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

  #fillHeader(content: TimelineContent): void {
    const passed = content.verdict === 'passed';
    const verdict = html(
      'span',
      { class: `verdict ${content.verdict}` },
      passed ? '✓ passed' : `✗ ${count(content.failures.length, 'failure', 'failures')}`,
    );
    const buttons = html(
      'div',
      { class: 'buttons' },
      createCheckbox({
        label: 'Rates',
        checked: this.#choice.rates,
        onChange: (rates) => {
          this.#choose({ rates });
        },
      }),
      createButton({
        label: '−',
        title: 'Zoom out (−)',
        onPress: () => {
          this.#zoomBy(2);
        },
      }),
      createButton({
        label: '+',
        title: 'Zoom in (+)',
        onPress: () => {
          this.#zoomBy(0.5);
        },
      }),
      createButton({
        label: 'Show All',
        title: 'Show all of it (0)',
        onPress: () => {
          this.#choose({ view: undefined });
        },
      }),
      createButton({
        label: 'Run Again',
        title: 'Run the drill again',
        appearance: 'primary',
        onPress: this.#actions.runAgain,
      }),
    );
    this.#header.replaceChildren(
      html(
        'div',
        { class: 'titles' },
        html('h1', {}, content.title, ' ', verdict),
        html('p', { class: 'subtitle' }, content.subtitle),
      ),
      buttons,
    );
    if (content.failures.length > 0) {
      this.#header.append(
        html(
          'ul',
          { class: 'failures' },
          ...content.failures.map((failure) => html('li', {}, failure)),
        ),
      );
    }
    this.#header.append(legend());
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
    this.#position.textContent = inside ? offset(time) : '';
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
    this.#live.textContent = chosen.mark.text;
    this.#tooltip.show(
      chosen.mark.text,
      box.left + box.width / 2 - bounds.left,
      box.top - bounds.top,
      bounds,
    );
  }
}

function legend(): HTMLElement {
  const entries = [
    ['checkpoints', 'checkpoints'],
    ['gap', 'gap'],
    ['aged-out', 'aged out'],
    ['outage', 'outage'],
    ['transmit', 'transmit'],
    ['receive', 'receive'],
    ['diskWrite', 'disk write'],
  ] as const;
  return html(
    'ul',
    { class: 'legend', 'aria-hidden': 'true' },
    ...entries.map(([kind, label]) =>
      html('li', {}, html('span', { class: `swatch ${kind}` }), label),
    ),
  );
}
