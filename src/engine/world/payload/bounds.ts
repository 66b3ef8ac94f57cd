/** Refuses a part of a payload that does not lie in it: always a mistake of the caller. */
export function checkPart(length: number, start: number, end: number): void {
  if (start >= 0 && start <= end && end <= length) return;
  throw new RangeError(`no part ${start} to ${end} in a payload of ${length} bytes`);
}

/** Refuses what cannot be a number of bytes. */
export function checkLength(length: number): void {
  if (Number.isSafeInteger(length) && length >= 0) return;
  throw new RangeError(`a payload cannot be ${length} bytes long`);
}
