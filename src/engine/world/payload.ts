/**
 * Data that the engine moves and never looks into.
 *
 * On a real machine a payload is bytes. In a simulated world it describes bytes (which content, which
 * part of it), so that hours of writes fit into memory and still read back exactly: the engine is the
 * same code either way, because it only measures, cuts, joins and checks payloads.
 */
export interface Payload {
  /** Bytes. */
  readonly length: number;
  /** The part from `start` to `end` (exclusive), sharing the data. */
  slice(start: number, end: number): Payload;
  /** The bytes themselves: as they are on a real machine, generated in a simulated world. */
  bytes(): Uint8Array;
  /** A 32-bit checksum that differs, but for chance, when any byte differs. */
  checksum(): number;
}
