/** NBD targets as they are written: the NBD URI specification (`doc/uri.md` of NetworkBlockDevice/nbd). */

/** The port that IANA gave to NBD. */
const defaultPort = 10809;

export interface NbdTarget {
  readonly address:
    | { readonly kind: 'unix'; readonly path: string }
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number };
  /** The export's name; empty for the server's default. */
  readonly name: string;
  /** Whether nothing is said outside of TLS. */
  readonly tls: boolean;
}

const schemes: Readonly<Record<string, { readonly unix: boolean; readonly tls: boolean }>> = {
  'nbd:': { unix: false, tls: false },
  'nbds:': { unix: false, tls: true },
  'nbd+unix:': { unix: true, tls: false },
  'nbds+unix:': { unix: true, tls: true },
};

/**
 * Reads `nbd://host[:port][/export]` and `nbd+unix:///[export]?socket=path`; `nbds` for TLS.
 *
 * @throws RangeError that says what is wrong with the text.
 */
export function parseNbdUri(text: string): NbdTarget {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RangeError(`"${text}" is no URI; ${forms}`);
  }
  const scheme = schemes[url.protocol];
  if (!scheme) throw new RangeError(`"${text}" is no URI of an NBD target; ${forms}`);
  if (url.username !== '' || url.password !== '') {
    throw new RangeError(`"${text}" names a user, which NBD does not know`);
  }
  const { tls, unix } = scheme;
  const name = decoded(url.pathname.replace(/^\//, ''), text);
  const socket = url.searchParams.get('socket');
  if (unix) {
    if (socket === null || socket === '') {
      throw new RangeError(`"${text}" lacks the path of its socket, "?socket=/path"`);
    }
    if (url.host !== '') throw new RangeError(`"${text}" names a host, and a unix socket has none`);
    return { address: { kind: 'unix', path: socket }, name, tls };
  }
  const host = decoded(url.hostname.replace(/^\[|\]$/g, ''), text);
  if (host === '') throw new RangeError(`"${text}" names no host; ${forms}`);
  const port = url.port === '' ? defaultPort : Number(url.port);
  if (port === 0) throw new RangeError(`"${text}" names port 0, at which nobody can be reached`);
  return { address: { kind: 'tcp', host, port }, name, tls };
}

const forms = 'it is nbd://host:port/export or nbd+unix:///export?socket=/path (nbds for TLS)';

function decoded(encoded: string, text: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new RangeError(`"${text}" holds a % that encodes nothing`);
  }
}
