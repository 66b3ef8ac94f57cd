import type { Payload } from '../payload.ts';
import { partsOf } from './join.ts';
import { isSameContent, SyntheticPayload } from './synthetic.ts';
import { ZeroPayload } from './zeroes.ts';

/** Bytes that are generated at once where two payloads are not built alike. */
const stretch = 64 * 1024;

/** Whether two payloads hold the same bytes. Parts of the same content are equal without being read. */
export function samePayload(a: Payload, b: Payload): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  const ofA = partsOf(a);
  const ofB = partsOf(b);
  let indexA = 0;
  let indexB = 0;
  let startA = 0;
  let startB = 0;
  for (let at = 0; at < a.length;) {
    const partA = ofA[indexA];
    const partB = ofB[indexB];
    if (!partA || !partB) return false;
    const length = Math.min(partA.length - startA, partB.length - startB);
    if (!samePart(partA, startA, partB, startB, length)) return false;
    at += length;
    startA += length;
    startB += length;
    if (startA === partA.length) {
      indexA++;
      startA = 0;
    }
    if (startB === partB.length) {
      indexB++;
      startB = 0;
    }
  }
  return true;
}

function samePart(a: Payload, startA: number, b: Payload, startB: number, length: number): boolean {
  if (a instanceof ZeroPayload && b instanceof ZeroPayload) return true;
  if (a instanceof SyntheticPayload && b instanceof SyntheticPayload) {
    if (a.start + startA === b.start + startB && isSameContent(a.content, b.content)) return true;
  }
  for (let at = 0; at < length; at += stretch) {
    const until = Math.min(length, at + stretch);
    const bytesA = a.slice(startA + at, startA + until).bytes();
    const bytesB = b.slice(startB + at, startB + until).bytes();
    for (let index = 0; index < bytesA.length; index++) {
      if (bytesA[index] !== bytesB[index]) return false;
    }
  }
  return true;
}
