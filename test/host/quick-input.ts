/** Answers pick lists and input boxes by keyboard, as a person does. */
import type { Bridge } from './bridge.ts';
import { until } from './lab.ts';

/** What the quick input shows. It is asked for until it shows something else than before. */
const shown = `(() => {
  const widget = document.querySelector('.quick-input-widget');
  if (!widget || widget.offsetParent === null) return '';
  const input = widget.querySelector('.quick-input-box input');
  return [
    widget.querySelector('.quick-input-title')?.textContent,
    input?.placeholder,
    widget.querySelector('.quick-input-message')?.textContent,
  ].join(' | ');
})()`;

export class QuickInput {
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** Waits for a question with these words in it. */
  async isAsked(question: string | RegExp): Promise<void> {
    await until(`the question ${String(question)}`, async () => {
      const now = await this.#bridge.evaluate<string>({ script: shown });
      const fits = typeof question === 'string' ? now.includes(question) : question.test(now);
      return fits ? true : undefined;
    });
  }

  /** Waits for a question with these words in it, types the answer, and sends it. */
  async answer(question: string | RegExp, text: string): Promise<void> {
    await this.isAsked(question);
    await this.#bridge.type({ text, selector: '.quick-input-widget .quick-input-box input' });
    // The list filters a moment after the key.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await this.#bridge.press({ key: 'Enter' });
  }
}
