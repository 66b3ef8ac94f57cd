/** TLS on a socket that is open already. */
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { TlsSettings } from '../streams.ts';

const oldestVersion = 'TLSv1.2';

/** Calls one of both once: `ready` when both sides are who they have to be. */
export function secured(
  raw: Socket,
  settings: TlsSettings,
  failed: (error: Error) => void,
  ready: (socket: TLSSocket) => void,
): void {
  try {
    if (settings.role === 'server') secureServer(raw, settings, failed, ready);
    else secureClient(raw, settings, failed, ready);
  } catch (error) {
    // A key or a certificate that cannot be read.
    failed(error instanceof Error ? error : new Error(String(error)));
  }
}

function secureServer(
  raw: Socket,
  settings: Extract<TlsSettings, { role: 'server' }>,
  failed: (error: Error) => void,
  ready: (socket: TLSSocket) => void,
): void {
  const { identity, clientAuthorities } = settings;
  // A server that never listens: it is what verifies the client's certificate.
  const server = createServer({
    key: identity.key,
    cert: identity.certificate,
    minVersion: oldestVersion,
    ...(clientAuthorities === undefined
      ? {}
      : { ca: clientAuthorities, requestCert: true, rejectUnauthorized: true }),
  });
  server.once('secureConnection', ready);
  server.once('tlsClientError', failed);
  server.emit('connection', raw);
}

function secureClient(
  raw: Socket,
  settings: Extract<TlsSettings, { role: 'client' }>,
  failed: (error: Error) => void,
  ready: (socket: TLSSocket) => void,
): void {
  const { serverName, authorities, identity } = settings;
  const socket = connect({
    socket: raw,
    minVersion: oldestVersion,
    ...(isIP(serverName) === 0 ? { servername: serverName } : { host: serverName }),
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(identity && { key: identity.key, cert: identity.certificate }),
  });
  socket.once('error', failed);
  socket.once('secureConnect', () => {
    socket.off('error', failed);
    ready(socket);
  });
}
