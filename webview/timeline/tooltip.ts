/** The sentence of the mark under the pointer or the focus. */
import { html } from './svg.ts';

export class Tooltip {
  readonly element = html('div', { class: 'tooltip', role: 'tooltip', hidden: '' });

  show(text: string, x: number, y: number, bounds: DOMRect): void {
    this.element.textContent = text;
    this.element.hidden = false;
    const { width, height } = this.element.getBoundingClientRect();
    const left = Math.min(Math.max(x - width / 2, 8), bounds.width - width - 8);
    const above = y - height - 14;
    // Through the object model, because the page's policy allows no inline style.
    this.element.style.left = `${String(Math.max(left, 8))}px`;
    this.element.style.top = `${String(above < 0 ? y + 18 : above)}px`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}
