import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { createNodeStreams } from '../../../../src/engine/world/node/streams.ts';
import type {
  ByteStream,
  StreamAddress,
  StreamHandler,
  StreamListener,
  TlsSettings,
} from '../../../../src/engine/world/streams.ts';
import type { WorldError } from '../../../../src/engine/world/world.ts';
import { makeCertificates } from '../../nbd/certificates.ts';
import { needs, withFolder } from '../../../programs.ts';

const streams = createNodeStreams();

/** What one end of a stream has heard, and when it hears more. */
class End implements StreamHandler {
  stream: ByteStream | undefined;
  length = 0;
  readonly #heard: Uint8Array[] = [];
  events: string[] = [];
  #waiting: { readonly over: () => boolean; readonly resolve: () => void }[] = [];

  opened(): void {
    this.#note('opened');
  }

  received(bytes: Uint8Array): void {
    this.#heard.push(bytes);
    this.length += bytes.length;
    this.#look();
  }

  drained(): void {
    this.#note('drained');
  }

  closed(error: WorldError | undefined): void {
    this.#note(error ? `closed: ${error.message}` : 'closed');
  }

  get heard(): Buffer {
    return Buffer.concat(this.#heard);
  }

  get isClosed(): boolean {
    return this.events.some((event) => event.startsWith('closed'));
  }

  until(over: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ over, resolve });
      this.#look();
    });
  }

  #note(event: string): void {
    this.events.push(event);
    this.#look();
  }

  #look(): void {
    const over = this.#waiting.filter((waiting) => waiting.over());
    this.#waiting = this.#waiting.filter((waiting) => !over.includes(waiting));
    for (const { resolve } of over) resolve();
  }
}

interface Listening {
  readonly listener: StreamListener;
  /** The next stream that is accepted. */
  readonly accepted: () => Promise<End>;
}

function listen(address: StreamAddress): Promise<Listening> {
  const ends: End[] = [];
  let waiting: ((end: End) => void)[] = [];
  const accept = (stream: ByteStream): StreamHandler => {
    const end = new End();
    end.stream = stream;
    const next = waiting.shift();
    if (next) next(end);
    else ends.push(end);
    return end;
  };
  const accepted = (): Promise<End> =>
    new Promise((resolve) => {
      const end = ends.shift();
      if (end) resolve(end);
      else waiting = [...waiting, resolve];
    });
  return new Promise((resolve, reject) => {
    streams.listen(address, accept, (error, listener) => {
      if (listener) resolve({ listener, accepted });
      else reject(error ?? new Error('nobody listens'));
    });
  });
}

function connect(address: StreamAddress): End {
  const end = new End();
  end.stream = streams.connect(address, end);
  return end;
}

function closed(listener: StreamListener): Promise<void> {
  return new Promise((resolve) => {
    listener.close(resolve);
  });
}

const isPosix = process.platform !== 'win32';

describe('streams of the machine', () => {
  it('a unix socket and its folder are for their owner alone', async function () {
    if (!isPosix) this.skip();
    await withFolder(async (folder) => {
      const path = join(folder, 'made', 'deeper', 'socket');
      const { listener } = await listen({ kind: 'unix', path });
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.equal((await stat(join(folder, 'made', 'deeper'))).mode & 0o777, 0o700);
      await closed(listener);
      assert.deepEqual(await readdir(join(folder, 'made', 'deeper')), []);
    });
  });

  it('no socket is made in a folder that others may enter', async function () {
    if (!isPosix) this.skip();
    await withFolder(async (folder) => {
      const open = join(folder, 'open');
      await mkdir(open);
      await chmod(open, 0o755);
      await assert.rejects(
        listen({ kind: 'unix', path: join(open, 'socket') }),
        /other users.*700/,
      );
      assert.deepEqual(await readdir(open), []);
    });
  });

  it('a socket that a dead process has left is replaced, a live one and a file are not', async function () {
    if (!isPosix) this.skip();
    await withFolder(async (folder) => {
      const path = join(folder, 'socket');
      const { listener } = await listen({ kind: 'unix', path });
      await assert.rejects(listen({ kind: 'unix', path }), /another process listens there/);
      await closed(listener);
      const die = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
      await new Promise((resolve) => execFile(process.execPath, ['-e', die], resolve));
      assert.deepEqual(await readdir(folder), ['socket'], 'what the dead process has left');
      const again = await listen({ kind: 'unix', path });
      await closed(again.listener);
      await writeFile(path, 'precious');
      await assert.rejects(listen({ kind: 'unix', path }), /not a socket/);
      assert.equal((await stat(path)).size, 8);
    });
  });

  it('a path that is too long for a socket is refused with the limit', async function () {
    if (!isPosix) this.skip();
    const path = `/tmp/${'x'.repeat(120)}/socket`;
    await assert.rejects(listen({ kind: 'unix', path }), /10[37] bytes.*132/);
  });

  it('TCP tells the port that was chosen, and one that is taken is refused', async () => {
    const { listener } = await listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
    const { address } = listener;
    assert.ok(address.kind === 'tcp' && address.port > 0);
    await assert.rejects(listen(address), /another process listens there/);
    await closed(listener);
  });

  it('bytes arrive in order, whatever they were written in', async () => {
    const { listener, accepted } = await listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
    const here = connect(listener.address);
    const there = await accepted();
    const parts: Buffer[] = [];
    for (let count = 0; count < 300; count++) {
      parts.push(Buffer.alloc((count * 977) % 30_000, count % 256));
    }
    here.stream?.write(parts.slice(0, 100));
    for (const part of parts.slice(100)) here.stream?.write([part]);
    const all = Buffer.concat(parts);
    await there.until(() => there.length === all.length);
    assert.ok(there.heard.equals(all));
    here.stream?.end();
    await Promise.all([here, there].map((end) => end.until(() => end.isClosed)));
    assert.equal(here.events[0], 'opened');
    assert.deepEqual([here.events.at(-1), there.events.at(-1)], ['closed', 'closed']);
    await closed(listener);
  });

  it('what the other side does not read stays in the backlog, until it does', async () => {
    const { listener, accepted } = await listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
    const here = connect(listener.address);
    const there = await accepted();
    const backlog = (): number | undefined => here.stream?.backlog;
    there.stream?.pause();
    const piece = Buffer.alloc(1024 * 1024, 1);
    for (let count = 0; count < 64; count++) here.stream?.write([piece]);
    await here.until(() => here.events.includes('opened'));
    assert.ok((backlog() ?? 0) > 16 * piece.length);
    assert.ok(!here.events.includes('drained'));
    there.stream?.resume();
    await here.until(() => here.events.includes('drained'));
    assert.equal(backlog(), 0);
    await there.until(() => there.length === 64 * piece.length);
    here.stream?.destroy();
    await there.until(() => there.isClosed);
    await closed(listener);
  });

  it('an address where nobody listens closes with a reason', async () => {
    const end = connect({ kind: 'unix', path: '/nowhere/at/all' });
    await end.until(() => end.isClosed);
    assert.match(end.events[0] ?? '', /^closed: .*nowhere.*ENOENT/);
  });

  describe('TLS', () => {
    const talk = async (
      server: TlsSettings,
      client: TlsSettings,
    ): Promise<{ here: End; there: End }> => {
      const { listener, accepted } = await listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
      const here = connect(listener.address);
      here.stream?.write([Buffer.from('clear')]);
      const there = await accepted();
      await there.until(() => there.length === 5);
      there.stream?.startTls(server);
      here.stream?.startTls(client);
      here.stream?.write([Buffer.from('-secret')]);
      there.stream?.write([Buffer.alloc(300_000, 7)]);
      const over = (end: End, length: number) => (): boolean =>
        end.isClosed || end.length === length;
      await here.until(over(here, 300_000));
      await there.until(over(there, 12));
      here.stream?.end();
      await Promise.all([here, there].map((end) => end.until(() => end.isClosed)));
      await closed(listener);
      return { here, there };
    };

    it('begins on an open stream, with both sides known to each other', async function () {
      needs(this, 'openssl');
      await withFolder(async (folder) => {
        const { authority, server, client } = await makeCertificates(folder);
        const { here, there } = await talk(
          { role: 'server', identity: server, clientAuthorities: authority },
          { role: 'client', serverName: 'localhost', authorities: authority, identity: client },
        );
        assert.equal(there.heard.toString(), 'clear-secret');
        assert.equal(here.length, 300_000);
        assert.equal(there.events.at(-1), 'closed');
      });
    });

    it('does not begin with who cannot show what is asked for', async function () {
      needs(this, 'openssl');
      await withFolder(async (folder) => {
        const { authority, server, client } = await makeCertificates(folder);
        const trusting = {
          role: 'client',
          serverName: 'localhost',
          authorities: authority,
        } as const;
        const without = await talk(
          { role: 'server', identity: server, clientAuthorities: authority },
          trusting,
        );
        assert.equal(without.there.heard.toString(), 'clear');
        assert.match(without.there.events.at(-1) ?? '', /closed: .*TLS/);
        const stranger = await talk({ role: 'server', identity: client }, { ...trusting, serverName: 'elsewhere' }); // prettier-ignore
        assert.equal(stranger.here.length, 0);
        assert.match(stranger.here.events.at(-1) ?? '', /closed: .*TLS/);
        const broken = await talk({ role: 'server', identity: { key: 'x', certificate: 'y' } }, trusting); // prettier-ignore
        assert.match(broken.there.events.at(-1) ?? '', /closed: .*TLS/);
      });
    });
  });

  it('a listener that was closed accepts no more, and its streams live on', async () => {
    const { listener, accepted } = await listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
    const here = connect(listener.address);
    const there = await accepted();
    await closed(listener);
    const late = connect(listener.address);
    await late.until(() => late.isClosed);
    there.stream?.write([Buffer.from('alive')]);
    await here.until(() => here.length === 5);
    here.stream?.destroy();
    await there.until(() => there.isClosed);
  });

  it('garbage at the beginning of TLS closes that stream alone', async function () {
    needs(this, 'openssl');
    await withFolder(async (folder) => {
      const { server } = await makeCertificates(folder);
      const { listener, accepted } = await listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
      const here = connect(listener.address);
      const there = await accepted();
      there.stream?.startTls({ role: 'server', identity: server });
      here.stream?.write([Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
      await there.until(() => there.isClosed);
      const next = connect(listener.address);
      const accept = await accepted();
      next.stream?.destroy();
      await accept.until(() => accept.isClosed);
      await closed(listener);
    });
  });
});
