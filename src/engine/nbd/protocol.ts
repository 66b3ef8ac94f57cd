/**
 * The numbers of the NBD protocol, by the names of its specification (`doc/proto.md` of
 * NetworkBlockDevice/nbd). All fields on the wire are big-endian.
 */

/** "NBDMAGIC", "IHAVEOPT" and what begins a reply to an option, as halves of 64 bits. */
export const magic = {
  initial: [0x4e42444d, 0x41474943],
  option: [0x49484156, 0x454f5054],
  optionReply: [0x0003e889, 0x045565a9],
  request: 0x25609513,
  simpleReply: 0x67446698,
  structuredReply: 0x668e33ef,
} as const;

export const port = 10809;

/** What a server says of itself before anything is negotiated, and a client in return. */
export const handshakeFlag = { fixedNewstyle: 1, noZeroes: 2 } as const;

export const option = {
  exportName: 1,
  abort: 2,
  list: 3,
  startTls: 5,
  info: 6,
  go: 7,
  structuredReply: 8,
  listMetaContext: 9,
  setMetaContext: 10,
} as const;

export const optionReply = {
  ack: 1,
  server: 2,
  info: 3,
  metaContext: 4,
  unsupported: 0x80000001,
  policy: 0x80000002,
  invalid: 0x80000003,
  tlsRequired: 0x80000005,
  unknown: 0x80000006,
  shutdown: 0x80000007,
  blockSizeRequired: 0x80000008,
  tooBig: 0x80000009,
} as const;

/** Replies from here on say that an option failed. */
export const firstOptionError = 0x80000000;

export const info = { export: 0, name: 1, description: 2, blockSize: 3 } as const;

/** What a server says of an export. */
export const transmissionFlag = {
  hasFlags: 1 << 0,
  readOnly: 1 << 1,
  sendFlush: 1 << 2,
  sendFua: 1 << 3,
  rotational: 1 << 4,
  sendTrim: 1 << 5,
  sendWriteZeroes: 1 << 6,
  sendDf: 1 << 7,
  canMultiConn: 1 << 8,
  sendCache: 1 << 10,
  sendFastZero: 1 << 11,
} as const;

export const command = {
  read: 0,
  write: 1,
  disconnect: 2,
  flush: 3,
  trim: 4,
  cache: 5,
  writeZeroes: 6,
  blockStatus: 7,
} as const;

export const commandFlag = {
  fua: 1 << 0,
  noHole: 1 << 1,
  df: 1 << 2,
  reqOne: 1 << 3,
  fastZero: 1 << 4,
} as const;

/** Kinds of chunk of a structured reply. */
export const chunk = {
  none: 0,
  offsetData: 1,
  offsetHole: 2,
  blockStatus: 5,
  error: 0x8001,
  errorOffset: 0x8002,
} as const;

export const chunkFlag = { done: 1 } as const;

/** Kinds of chunk from here on say that something failed. */
export const firstChunkError = 0x8000;

export const errno = {
  notPermitted: 1,
  inputOutput: 5,
  noMemory: 12,
  invalid: 22,
  noSpace: 28,
  overflow: 75,
  notSupported: 95,
  shutdown: 108,
} as const;

/** The flags of a range in the metadata context `base:allocation`. */
export const allocationContext = 'base:allocation';
export const allocationFlag = { hole: 1, zero: 2 } as const;

/** Bytes of the headers on the wire. */
export const headerLength = {
  greeting: 18,
  clientFlags: 4,
  option: 16,
  optionReply: 20,
  request: 28,
  simpleReply: 16,
  structuredReply: 20,
} as const;

/** What may be asked of us in one request, in bytes: what the specification asks every server to take. */
export const maxPayload = 32 * 1024 * 1024;

/** Bytes of a name, of an export or a metadata context. */
export const maxNameLength = 4096;

/** 64 bits as a number; more than a number can hold exactly as the largest that it can. */
export function wide(high: number, low: number): number {
  return high < 0x200000 ? high * 0x100000000 + low : Number.MAX_SAFE_INTEGER;
}
