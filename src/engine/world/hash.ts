/** Hashes that spread bits; none of them resists an adversary, and none has to. */

/** A bijection of 32-bit numbers in which each bit of the input changes half of those of the result. */
export function mix32(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

/** 64 bits from a text, as two signed 32-bit numbers. */
export function hashText(text: string): { readonly low: number; readonly high: number } {
  let low = 0x811c9dc5 | 0;
  let high = 0x9747b28c | 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = mix32(high ^ Math.imul(unit + at, 0x9e3779b1));
  }
  return { low: mix32(low ^ text.length), high };
}
