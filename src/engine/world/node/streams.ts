/** Streams of the machine: unix sockets (named pipes on Windows), TCP, and TLS over both. */
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { WorldError } from '../world.ts';
import type { Answer } from '../world.ts';
import type {
  ByteStream,
  StreamAddress,
  StreamHandler,
  StreamListener,
  Streams,
} from '../streams.ts';
import { SocketStream } from './socket-stream.ts';
import { makeWayForSocket, ownSocket, removeSocket } from './unix-sockets.ts';

export function createNodeStreams(): Streams {
  return new NodeStreams();
}

export function textOfAddress(address: StreamAddress): string {
  if (address.kind === 'unix') return address.path;
  const { host, port } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

class NodeStreams implements Streams {
  listen(
    address: StreamAddress,
    accept: (stream: ByteStream, from: string) => StreamHandler,
    done: Answer<StreamListener>,
  ): void {
    if (address.kind === 'tcp') {
      listen(address, accept, done);
      return;
    }
    makeWayForSocket(address.path, (error) => {
      if (error) done(error, undefined);
      else listen(address, accept, done);
    });
  }

  connect(address: StreamAddress, handler: StreamHandler): ByteStream {
    const socket =
      address.kind === 'unix'
        ? createConnection({ path: address.path })
        : createConnection({ host: address.host, port: address.port, noDelay: true });
    const stream = new SocketStream(socket, textOfAddress(address));
    socket.once('connect', () => handler.opened?.());
    stream.attach(handler);
    return stream;
  }
}

function listen(
  address: StreamAddress,
  accept: (stream: ByteStream, from: string) => StreamHandler,
  done: Answer<StreamListener>,
): void {
  const subject = textOfAddress(address);
  const server = createServer({ noDelay: true }, (socket) => {
    const stream = new SocketStream(socket, subject);
    stream.attach(accept(stream, peerOf(socket, subject)));
  });
  const failed = (cause: NodeJS.ErrnoException): void => {
    done(listenError(cause, subject), undefined);
  };
  server.once('error', failed);
  const listening = (): void => {
    server.off('error', failed);
    // Such as too many open files: nobody was accepted, and the next may be.
    server.on('error', () => undefined);
    if (address.kind === 'tcp') {
      const bound = server.address();
      const port = bound !== null && typeof bound === 'object' ? bound.port : address.port;
      done(undefined, new NodeListener(server, { ...address, port }));
      return;
    }
    ownSocket(address.path, (error) => {
      const listener = new NodeListener(server, address);
      if (!error) done(undefined, listener);
      else
        listener.close(() => {
          done(error, undefined);
        });
    });
  };
  if (address.kind === 'unix') server.listen({ path: address.path }, listening);
  else server.listen({ host: address.host, port: address.port }, listening);
}

function peerOf(socket: Socket, subject: string): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return subject;
  return textOfAddress({ kind: 'tcp', host: remoteAddress, port: remotePort });
}

function listenError(cause: NodeJS.ErrnoException, subject: string): WorldError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new WorldError('input-output', subject, 'another process listens there');
    case 'EACCES':
      return new WorldError('input-output', subject, 'this user may not listen there');
    case 'EADDRNOTAVAIL':
      return new WorldError('input-output', subject, 'this machine has no such address');
    default:
      return new WorldError('input-output', subject, `cannot be listened at (${cause.message})`);
  }
}

class NodeListener implements StreamListener {
  readonly address: StreamAddress;
  readonly #server: Server;

  constructor(server: Server, address: StreamAddress) {
    this.#server = server;
    this.address = address;
  }

  close(done: () => void): void {
    const { address } = this;
    // The server's own callback waits for every stream that it has accepted; nobody listens from here on.
    this.#server.close();
    if (address.kind === 'unix') removeSocket(address.path, done);
    else setImmediate(done);
  }
}
