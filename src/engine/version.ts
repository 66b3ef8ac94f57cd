/** Of the package; `test/manifest.test.ts` holds the two together. */
export const version = '0.1.0';
