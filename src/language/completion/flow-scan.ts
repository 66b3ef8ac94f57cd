/** Reads `{ }` and `[ ]` up to the cursor and beyond, however unfinished they are. */
import { deepestNesting } from '../../topology/source/compose.ts';

export interface FlowFrame {
  readonly bracket: '{' | '[';
  /** What is written behind each key, or as each item, on both sides of the cursor. */
  readonly entries: Map<string, string>;
  /** The key whose value the cursor is in; undefined where the cursor is in a key or an item. */
  key: string | undefined;
  /** Which item or entry the cursor is in, counted from 0. */
  index: number;
}

export interface FlowPlace {
  /** From the outermost brackets to those that the cursor is in. */
  readonly frames: readonly FlowFrame[];
  /** Offset in the text where the word before the cursor begins. */
  readonly wordStart: number;
}

interface Open extends FlowFrame {
  text: string;
  start: number;
  hasWord: boolean;
}

/**
 * Scans `text` from an offset outside of any brackets. Undefined where the cursor is in no brackets or
 * in a comment, and where brackets nest deeper than a file is read. The scan ends with the line of the cursor.
 */
export function scanFlow(text: string, from: number, cursor: number): FlowPlace | undefined {
  const stack: Open[] = [];
  let place: FlowPlace | undefined;
  let quote = '';
  let depthAtCursor = 0;
  const finish = (frame: Open): void => {
    const word = frame.text.trim();
    if (frame.bracket === '[') frame.entries.set(String(frame.index), unquoted(word));
    else if (frame.key !== undefined) frame.entries.set(frame.key, unquoted(word));
    else if (word !== '') frame.entries.set(unquoted(word), '');
  };
  const at = (offset: number): boolean => {
    // Copies, since the scan goes on: only the entries are shared with what comes behind.
    const frames = stack.map(({ bracket, entries, key, index }) => ({
      bracket,
      entries,
      key,
      index,
    }));
    const top = stack.at(-1);
    if (!top) return false;
    depthAtCursor = stack.length;
    place = { frames, wordStart: top.hasWord ? top.start : offset };
    return true;
  };
  for (let offset = from; offset < text.length; offset++) {
    if (offset === cursor && !at(offset)) return undefined;
    const character = text[offset] ?? '';
    if (offset >= cursor) {
      if (character === '\n' || character === '\r' || stack.length < depthAtCursor) break;
    }
    const top = stack.at(-1);
    if (quote !== '') {
      if (character === quote) quote = '';
      if (top) append(top, character, offset);
      continue;
    }
    if (character === '#' && /\s/.test(text[offset - 1] ?? ' ')) {
      const end = text.slice(offset).search(/[\r\n]/);
      const next = end < 0 ? text.length : offset + end;
      if (cursor > offset && cursor <= next) return undefined;
      if (offset >= cursor) break;
      offset = next - 1;
      continue;
    }
    switch (character) {
      case '{':
      case '[':
        if (stack.length >= deepestNesting) return undefined;
        stack.push({
          bracket: character,
          entries: new Map(),
          key: undefined,
          index: 0,
          text: '',
          start: offset + 1,
          hasWord: false,
        });
        break;
      case '}':
      case ']': {
        if (top) finish(top);
        stack.pop();
        const outer = stack.at(-1);
        // What closed is the value of its entry, or an item.
        if (outer) outer.hasWord = true;
        break;
      }
      case ',':
        if (top) {
          finish(top);
          top.key = undefined;
          top.index += 1;
          clear(top);
        }
        break;
      case ':':
        if (
          top?.bracket === '{' &&
          top.key === undefined &&
          /[\s,}\]]|^$/.test(text[offset + 1] ?? '')
        ) {
          top.key = unquoted(top.text.trim());
          clear(top);
        } else if (top) {
          append(top, character, offset);
        }
        break;
      default:
        if ((character === '"' || character === "'") && top && !top.hasWord) quote = character;
        if (top) append(top, character, offset);
    }
  }
  if (cursor >= text.length && !place && !at(cursor)) return undefined;
  const cut = stack[depthAtCursor - 1];
  if (cut && stack.length === depthAtCursor) finish(cut);
  return place;
}

function append(frame: Open, character: string, offset: number): void {
  if (!frame.hasWord && /\s/.test(character)) return;
  if (!frame.hasWord) frame.start = offset;
  frame.hasWord = true;
  frame.text += character;
}

function clear(frame: Open): void {
  frame.text = '';
  frame.hasWord = false;
}

export function unquoted(text: string): string {
  return text.replace(/^(['"])(.*)\1$/, '$2');
}
