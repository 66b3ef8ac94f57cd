/** The settings of each file: folders of one workspace may differ in what they want linted. */
import type { LintOptions } from '../lint/run.ts';
import { inlayHintsFrom, settingsFrom } from './settings.ts';

export interface FileSettings {
  readonly lint: LintOptions;
  readonly inlayHints: boolean;
}

interface Known {
  settings: FileSettings;
  /** Which question about the file is the last one; answers to earlier ones come too late. */
  question: number;
}

const unset: FileSettings = {
  lint: settingsFrom(undefined),
  inlayHints: inlayHintsFrom(undefined),
};

/**
 * Answers at once, with what is known: nobody waits for the editor between two keystrokes. What a file's
 * settings are is asked in the background, when the file is first met and when settings change.
 */
export class FolderSettings {
  readonly #known = new Map<string, Known>();
  readonly #ask: (uris: readonly string[]) => Promise<readonly unknown[]>;
  readonly #differ: (changed: readonly string[]) => void;
  readonly #failed: (reason: unknown) => void;
  #questions = 0;

  /**
   * `ask` gives an answer for each URI, in their order; `differ` is told the files whose settings have
   * become others, and `failed` why `ask` failed, after which what was known holds on.
   */
  constructor(
    ask: (uris: readonly string[]) => Promise<readonly unknown[]>,
    differ: (changed: readonly string[]) => void,
    failed: (reason: unknown) => void,
  ) {
    this.#ask = ask;
    this.#differ = differ;
    this.#failed = failed;
  }

  of(uri: string): FileSettings {
    const known = this.#known.get(uri);
    if (known) return known.settings;
    this.#known.set(uri, { settings: unset, question: 0 });
    void this.#refresh([uri]);
    return unset;
  }

  /** Asks again for all files; settles when the answer has been dealt with, and never fails. */
  refresh(): Promise<void> {
    return this.#refresh([...this.#known.keys()]);
  }

  forget(uri: string): void {
    this.#known.delete(uri);
  }

  async #refresh(uris: readonly string[]): Promise<void> {
    if (uris.length === 0) return;
    const question = ++this.#questions;
    for (const uri of uris) {
      const known = this.#known.get(uri);
      if (known) known.question = question;
    }
    try {
      const answers = await this.#ask(uris);
      this.#differ(uris.filter((uri, index) => this.#learn(uri, question, answers[index])));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Whether the settings of the file have become others. */
  #learn(uri: string, question: number, answer: unknown): boolean {
    const known = this.#known.get(uri);
    if (known?.question !== question) return false;
    const settings = { lint: settingsFrom(answer), inlayHints: inlayHintsFrom(answer) };
    if (JSON.stringify(settings) === JSON.stringify(known.settings)) return false;
    known.settings = settings;
    return true;
  }
}
