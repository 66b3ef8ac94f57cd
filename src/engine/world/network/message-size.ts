import type { Message } from '../world.ts';

/**
 * Bytes that frame a message on the wire, assumed: TCP/IP and TLS headers (about 90) and the message's
 * own envelope.
 */
const envelope = 200;
const perNumber = 8;
/** An element of a list is mostly a small record, such as an entry of a frame. */
const perElement = 32;

/** Bytes that a message takes on the wire: its payloads, and an estimate for what else it says. */
export function sizeOf(message: Message): number {
  let size = envelope;
  if (message.payloads) {
    for (const payload of message.payloads) size += payload.length;
  }
  return size + sizeOfRecord(message, true);
}

function sizeOfRecord(record: object, nested: boolean): number {
  let size = 0;
  for (const key in record) {
    const value: unknown = record[key as keyof typeof record];
    if (typeof value === 'string') size += value.length;
    else if (Array.isArray(value)) size += key === 'payloads' ? 0 : value.length * perElement;
    else if (typeof value === 'object' && value !== null) {
      size += nested ? sizeOfRecord(value, false) : perElement;
    } else size += perNumber;
  }
  return size;
}

/** Freezes a message with all that it says, so that a test catches who changes one after sending it. */
export function freezeMessage(message: Message): void {
  freeze(message, 'message');
}

function freeze(value: unknown, key: string): void {
  // Payloads cache their checksums.
  if (typeof value !== 'object' || value === null || key === 'payloads' || Object.isFrozen(value)) {
    return;
  }
  Object.freeze(value);
  for (const [name, part] of Object.entries(value)) freeze(part, name);
}
