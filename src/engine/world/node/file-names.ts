/**
 * Names of the engine as names of files: whatever a VM or a site is called, its file lies in the folder
 * where it belongs, on every system.
 */

/** Control characters, `%`, and what Windows does not have in a name. */

const unsafe = /[\u0000-\u001f\u007f%<>:"|?*\\/]/g;
/** Names that Windows takes for devices, with any extension. */
const device = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Nothing but dots means a folder above; a dot or a space at the end is lost on Windows. */
const last = /^\.+$|[. ]$/;

export function toFileName(name: string): string {
  let encoded = name.replace(unsafe, percent);
  if (last.test(encoded)) encoded = encoded.slice(0, -1) + percent(encoded.slice(-1));
  if (device.test(encoded)) encoded = percent(encoded.slice(0, 1)) + encoded.slice(1);
  return encoded;
}

export function fromFileName(fileName: string): string {
  return fileName.replace(/%([0-9A-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
