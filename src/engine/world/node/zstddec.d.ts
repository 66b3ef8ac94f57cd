/** An optional package, known here where it is not installed too. */
declare module 'zstddec' {
  export class ZSTDDecoder {
    init(): Promise<void>;
    /** Answers something shorter than `rawLength` where the data cannot be expanded. */
    decode(bytes: Uint8Array, rawLength: number): Uint8Array;
  }
}
