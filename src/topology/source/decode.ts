/** From the bytes or the string of a topology file to text that YAML can be read from. */
import type { Problem } from '../document.ts';

/** The longest text that is read, in bytes or UTF-16 code units. A 5 000-VM topology takes a third. */
export const longestText = 8 * 1024 * 1024;

export interface Decoded {
  readonly text: string;
  readonly problems: readonly Problem[];
  /** False where reading on makes no sense. */
  readonly readable: boolean;
}

/** Never throws: what cannot be decoded becomes U+FFFD and a problem at its place. */
export function decode(source: string | Uint8Array): Decoded {
  if (source.length > longestText) {
    const text = typeof source === 'string' ? source : '';
    return { text, problems: [tooLarge(source.length)], readable: false };
  }
  const { text, problems } =
    typeof source === 'string' ? { text: source, problems: [] } : decodeBytes(source);
  return { text, problems: [...problems, ...controlCharacters(text)], readable: true };
}

function tooLarge(length: number): Problem {
  const size = (length / 1024 / 1024).toFixed(1);
  return {
    rule: 'yaml/too-large',
    message: `The file has ${size} MiB; a topology file is read up to ${longestText / 1024 / 1024} MiB.`,
    range: { start: 0, end: 0 },
    suggestions: [],
  };
}

function decodeBytes(bytes: Uint8Array): { text: string; problems: Problem[] } {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : undefined;
  if (utf16 !== undefined) {
    const text = new TextDecoder(utf16).decode(bytes);
    const message = `The file is encoded as ${utf16.toUpperCase()}; save it as UTF-8.`;
    const range = { start: 0, end: Math.min(1, text.length) };
    return { text, problems: [{ rule: 'yaml/encoding', message, range, suggestions: [] }] };
  }
  const text = new TextDecoder().decode(bytes);
  const bad = text.includes('\ufffd') ? firstInvalid(bytes) : undefined;
  if (bad === undefined) return { text, problems: [] };
  const start = new TextDecoder().decode(bytes.subarray(0, bad)).length;
  const byte = (bytes[bad] ?? 0).toString(16).padStart(2, '0').toUpperCase();
  const message = `The byte 0x${byte} at offset ${bad} is not UTF-8; save the file as UTF-8.`;
  const range = { start, end: Math.min(start + 1, text.length) };
  return { text, problems: [{ rule: 'yaml/encoding', message, range, suggestions: [] }] };
}

/** Offset of the first byte that belongs to no well-formed UTF-8 sequence. */
function firstInvalid(bytes: Uint8Array): number | undefined {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length === 0 || lead > 0xf4 || at + length > bytes.length) return at;
    for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return at;
    const second = bytes[at + 1] ?? 0;
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    if (lead === 0xe0 && second < 0xa0) return at;
    if (lead === 0xed && second > 0x9f) return at;
    if (lead === 0xf0 && second < 0x90) return at;
    if (lead === 0xf4 && second > 0x8f) return at;
    at += length;
  }
  return undefined;
}

/** All that YAML forbids, short of surrogates without their partner. */
const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/** Says where the first character stands that no YAML file may hold, and how many more there are. */
function controlCharacters(text: string): Problem[] {
  const first = text.search(control);
  if (first < 0) return [];
  const count = text.match(control)?.length ?? 1;
  const code = text.charCodeAt(first).toString(16).padStart(4, '0').toUpperCase();
  const more = count > 1 ? ` ${count - 1} more follow.` : '';
  const message = `The control character U+${code} may not stand in a YAML file.${more}`;
  const range = { start: first, end: first + 1 };
  return [{ rule: 'yaml/encoding', message, range, suggestions: [] }];
}

/**
 * The text with every forbidden character replaced, one for one, so that offsets stay. The YAML
 * parser uses some of them as marks of its own.
 */
export function withoutControlCharacters(text: string): string {
  return text.replace(control, '\ufffd');
}
