import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ExportedDisk } from '../../../src/engine/nbd/exported-disk.ts';
import { openRemoteDisk } from '../../../src/engine/nbd/remote-disk.ts';
import type { RemoteDisk, RemoteDiskOptions } from '../../../src/engine/nbd/remote-disk.ts';
import { remoteFile } from '../../../src/engine/nbd/remote-file.ts';
import { createNbdServer } from '../../../src/engine/nbd/server.ts';
import type { NbdServer } from '../../../src/engine/nbd/server.ts';
import { parseNbdUri } from '../../../src/engine/nbd/uri.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { bytesPayload, joinPayloads, zeroes } from '../../../src/engine/world/payloads.ts';
import type { Streams } from '../../../src/engine/world/streams.ts';
import { WorldError } from '../../../src/engine/world/world.ts';
import type { Answer, Done } from '../../../src/engine/world/world.ts';
import { RamDisk } from './disks.ts';
import { MemoryStreams } from './memory-streams.ts';
import { address, optionMessage } from './wire.ts';

const MiB = 1024 * 1024;

/** What a call answered, once the world has come to rest. */
interface Heard<T> {
  error: WorldError | undefined;
  value: T | undefined;
  calls: number;
}

function hears<T>(): { heard: Heard<T>; done: Answer<T> & Done } {
  const heard: Heard<T> = { error: undefined, value: undefined, calls: 0 };
  const done = (error: WorldError | undefined, value?: T): void => {
    heard.error = error;
    heard.value = value;
    heard.calls++;
  };
  return { heard, done };
}

/** A server that can lose its power: what was not made durable is gone then. */
class FragileDisk extends RamDisk {
  readonly #volatile: { readonly offset: number; readonly before: Payload }[] = [];

  override write(offset: number, payload: Payload, fua: boolean, done: Done): void {
    super.read(offset, payload.length, (_error, before) => {
      if (before && !fua) this.#volatile.push({ offset, before });
    });
    super.write(offset, payload, fua, done);
  }

  override flush(done: Done): void {
    this.#volatile.splice(0);
    super.flush(done);
  }

  losePower(): void {
    for (const { offset, before } of this.#volatile.splice(0).reverse()) {
      super.write(offset, before, true, () => undefined);
    }
  }
}

interface Bed {
  readonly streams: MemoryStreams;
  server: NbdServer;
  readonly disk: RemoteDisk;
  readonly restart: (disk: ExportedDisk) => void;
}

function serve(streams: MemoryStreams, disk: ExportedDisk): NbdServer {
  const server = createNbdServer({ streams, clock: streams.clock });
  server.add({ name: 'd', disk });
  server.listen(address, (error) => {
    assert.equal(error, undefined);
  });
  streams.settle();
  return server;
}

function open(streams: MemoryStreams, options: Partial<RemoteDiskOptions> = {}): Heard<RemoteDisk> {
  const { heard, done } = hears<RemoteDisk>();
  const target = { address, name: 'd', tls: false };
  openRemoteDisk({ streams, clock: streams.clock, target, subject: 'nbd:d', ...options }, done);
  streams.settle();
  return heard;
}

function bed(target: ExportedDisk, options: Partial<RemoteDiskOptions> = {}): Bed {
  const streams = new MemoryStreams();
  const server = serve(streams, target);
  const { error, value: disk } = open(streams, options);
  assert.ok(disk, error?.message);
  const made: Bed = {
    streams,
    server,
    disk,
    restart: (again) => {
      made.server.close(() => undefined);
      streams.settle();
      made.server = serve(streams, again);
    },
  };
  return made;
}

function bytes(length: number, seed = 1): Payload {
  return bytesPayload(Uint8Array.from({ length }, (_, at) => (at * 31 + seed) % 251));
}

function contentOf({ streams, disk }: Bed, offset: number, length: number): Uint8Array {
  const { heard, done } = hears<Payload>();
  disk.read(offset, length, done);
  streams.settle();
  assert.equal(heard.error, undefined);
  assert.ok(heard.value);
  return new Uint8Array(heard.value.bytes());
}

describe('NBD client', () => {
  it('writes, reads, zeroes, trims and asks what is allocated', () => {
    const target = new RamDisk(8 * MiB);
    const here = bed(target);
    const { disk, streams } = here;
    assert.deepEqual([disk.size, disk.readOnly, disk.zeroesFast], [8 * MiB, false, true]);
    const { heard, done } = hears<never>();
    const data = bytes(10_000);
    disk.write(4095, joinPayloads([data.slice(0, 100), data.slice(100, 10_000)]), false, done);
    disk.write(65_536, bytes(10), true, done);
    disk.write(0, zeroes(50), false, done);
    disk.zero(5 * MiB, 1000, { fua: true, mayTrim: false }, done);
    disk.trim(6 * MiB, 4096, false, done);
    disk.flush(done);
    streams.settle();
    assert.equal(heard.error, undefined);
    assert.equal(heard.calls, 6);
    assert.deepEqual(target.calls, [
      'write 4095 10000',
      'write 65536 10 fua',
      'zero 0 50',
      `zero ${5 * MiB} 1000 keep fua`,
      `trim ${6 * MiB} 4096`,
      'flush',
    ]);
    assert.deepEqual(contentOf(here, 4095, 10_000), data.bytes());
    const runs = hears<readonly unknown[]>();
    disk.allocation(0, 8192, runs.done);
    streams.settle();
    assert.deepEqual(runs.heard.value, [{ length: 8192, hole: false, zero: false }]);
  });

  it('cuts what is larger than a request may be', () => {
    const target = new RamDisk(40 * MiB);
    const here = bed(target);
    const { heard, done } = hears<never>();
    const data = bytesPayload(new Uint8Array(33 * MiB).fill(3));
    here.disk.write(5, data, false, done);
    here.streams.settle();
    assert.equal(heard.calls, 1);
    assert.deepEqual(target.calls, [`write 5 ${32 * MiB}`, `write ${5 + 32 * MiB} ${MiB}`]);
    const read = contentOf(here, 4, 33 * MiB + 2);
    assert.deepEqual([read[0], read[1], read.at(-2), read.at(-1)], [0, 3, 3, 0]);
  });

  it('says by code and by word what the target refused', () => {
    const target = new RamDisk(MiB);
    const { disk, streams } = bed(target);
    for (const [code, expected] of [
      ['no-space', 'no-space'],
      ['out-of-range', 'out-of-range'],
      ['closed', 'closed'],
      ['corrupt', 'input-output'],
    ] as const) {
      target.failure = new WorldError(code, 'target', 'because');
      const { heard, done } = hears<never>();
      disk.write(0, bytes(5), false, done);
      streams.settle();
      assert.equal(heard.error?.code, expected);
      assert.equal(heard.error.subject, 'nbd:d');
      assert.match(heard.error.message, /the NBD server answered .*: /);
    }
    const { heard, done } = hears<Payload>();
    disk.read(MiB, 1, done);
    streams.settle();
    assert.equal(heard.error?.code, 'out-of-range');
  });

  it('is not opened where it cannot be reached, found or used', () => {
    const streams = new MemoryStreams();
    assert.match(open(streams).error?.message ?? '', /nobody listens/);
    serve(streams, new RamDisk(MiB));
    const target = { address, name: 'other', tls: false };
    assert.match(open(streams, { target }).error?.message ?? '', /"other" .*none of that name/);
    const secure = { address, name: 'd', tls: true };
    assert.match(open(streams, { target: secure }).error?.message ?? '', /refused TLS/);
    streams.pass(60_000);
    assert.equal(streams.timers, 0);
  });

  it('gives up a server that says nothing', () => {
    const streams = new MemoryStreams();
    streams.listen(address, () => ({ received: () => undefined, closed: () => undefined }), () => undefined); // prettier-ignore
    streams.settle();
    const heard = open(streams);
    streams.pass(10_000);
    assert.equal(heard.calls, 0);
    streams.pass(10_000);
    assert.match(heard.error?.message ?? '', /too long/);
  });

  describe('when the connection breaks', () => {
    it('asks again what was not answered, in its order', () => {
      const target = new RamDisk(MiB);
      const here = bed(target);
      const { disk, streams } = here;
      here.server.close(() => undefined);
      const { heard, done } = hears<never>();
      disk.write(0, bytes(10), false, done);
      disk.write(5, bytes(10, 99), false, done);
      streams.pass(1000);
      disk.write(8, bytes(1, 7), false, done);
      assert.equal(heard.calls, 0);
      assert.equal(disk.connected, false);
      here.restart(target);
      streams.pass(5000);
      assert.equal(disk.connected, true);
      assert.deepEqual([heard.calls, heard.error], [3, undefined]);
      assert.deepEqual(target.calls, ['write 0 10', 'write 5 10', 'write 8 1']);
    });

    it('the next flush fails where something may be lost, once', () => {
      const target = new FragileDisk(MiB);
      const here = bed(target);
      const { disk, streams } = here;
      const call = (ask: (done: Done) => void): WorldError | undefined => {
        const { heard, done } = hears<never>();
        ask(done);
        streams.pass(1000);
        assert.equal(heard.calls, 1);
        return heard.error;
      };
      const write = (fua: boolean) => (done: Done) => {
        disk.write(0, bytes(10), fua, done);
      };
      const flush = (done: Done): void => {
        disk.flush(done);
      };
      assert.equal(call(write(false)), undefined);
      assert.equal(call(flush), undefined);
      here.restart(target);
      assert.equal(call(flush), undefined, 'nothing was lost');
      assert.equal(call(write(true)), undefined);
      here.restart(target);
      assert.equal(call(flush), undefined, 'it was durable by itself');
      assert.equal(call(write(false)), undefined);
      target.losePower();
      here.restart(target);
      assert.match(call(flush)?.message ?? '', /before all that was written was durable/);
      assert.equal(call(write(false)), undefined);
      assert.equal(call(flush), undefined);
    });

    it('requests fail when no other comes in time, and later ones are tried again', () => {
      const target = new RamDisk(MiB);
      const here = bed(target, { patience: 10_000 });
      const { disk, streams } = here;
      here.server.close(() => undefined);
      streams.settle();
      const { heard, done } = hears<never>();
      disk.write(0, bytes(10), false, done);
      streams.pass(9000);
      assert.equal(heard.calls, 0);
      streams.pass(2000);
      assert.match(heard.error?.message ?? '', /cannot be reached/);
      here.server = serve(streams, target);
      streams.pass(6000);
      const later = hears<never>();
      disk.write(0, bytes(10), false, later.done);
      streams.settle();
      assert.deepEqual([later.heard.calls, later.heard.error], [1, undefined]);
    });

    it('a target of another size is not the same', () => {
      const here = bed(new RamDisk(MiB), { patience: 10_000 });
      here.restart(new RamDisk(2 * MiB));
      const { heard, done } = hears<never>();
      here.disk.write(0, bytes(10), false, done);
      here.streams.pass(12_000);
      assert.match(heard.error?.message ?? '', /had 1048576 bytes .* 2097152 now/);
    });

    it('a target that answers nothing any more is connected to anew', () => {
      class StuckDisk extends RamDisk {
        stuck = true;
        override flush(done: Done): void {
          if (!this.stuck) super.flush(done);
        }
      }
      const target = new StuckDisk(MiB);
      const { disk, streams } = bed(target, { answerTime: 1000 });
      const { heard, done } = hears<never>();
      disk.flush(done);
      streams.pass(500);
      target.stuck = false;
      streams.pass(5000);
      assert.deepEqual([heard.calls, heard.error], [1, undefined]);
    });

    it('a disk that is closed asks nobody any more', () => {
      const here = bed(new RamDisk(MiB));
      const { disk, streams } = here;
      here.server.close(() => undefined);
      streams.settle();
      const { heard, done } = hears<never>();
      disk.flush(done);
      disk.close();
      disk.read(0, 1, done);
      streams.settle();
      assert.equal(heard.calls, 2);
      assert.equal(heard.error?.code, 'closed');
      assert.equal(streams.timers, 0);
    });
  });

  it('garbage from a server neither crashes nor hangs it', () => {
    const said = fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 255 }).map((n) => optionMessage(n))), { maxLength: 6 }); // prettier-ignore
    fc.assert(
      fc.property(said, fc.nat({ max: 400 }), fc.nat({ max: 255 }), (parts, at, byte) => {
        const streams = new MemoryStreams();
        serve(streams, new RamDisk(MiB));
        const over = harmful(streams, at, byte, parts);
        const heard = open(streams, { streams: over, patience: 1000 });
        streams.settle();
        const read = hears<Payload>();
        heard.value?.read(5, 100, read.done);
        heard.value?.flush(() => undefined);
        streams.pass(200_000);
        assert.equal(heard.calls, 1);
        if (heard.value) assert.equal(read.heard.calls, 1);
        if (read.heard.value) assert.equal(read.heard.value.length, 100);
        heard.value?.close();
        streams.pass(20_000);
        assert.equal(streams.timers, 0);
      }),
      { numRuns: 300 },
    );
  });

  describe('as a stored file', () => {
    it('is written in parts, read, synced and told what it holds', () => {
      const target = new RamDisk(4 * MiB);
      const { disk, streams } = bed(target);
      const file = remoteFile(disk, {
        path: 'store/disk',
        clock: streams.clock,
        writeThrough: true,
      });
      const write = hears<never>();
      file.write(100, [bytes(5), zeroes(4096), bytes(7)], write.done);
      streams.settle();
      assert.equal(write.heard.error, undefined);
      assert.deepEqual(target.calls, ['write 100 4108 fua']);
      const beyond = hears<Payload>();
      file.read(4 * MiB - 1, 2, beyond.done);
      file.write(4 * MiB, [bytes(1)], beyond.done);
      streams.settle();
      assert.equal(beyond.heard.calls, 2);
      assert.equal(beyond.heard.error?.code, 'out-of-range');
      const truncated = hears<never>();
      file.truncate(4 * MiB, truncated.done);
      streams.settle();
      assert.equal(truncated.heard.error, undefined);
      const larger = hears<never>();
      file.truncate(5 * MiB, larger.done);
      streams.settle();
      assert.match(larger.heard.error?.message ?? '', /cannot be given/);
      const held = hears<readonly unknown[]>();
      file.written?.(held.done);
      streams.settle();
      assert.deepEqual(held.heard.value, [{ offset: 0, length: 8192 }]);
    });
  });

  describe('URIs', () => {
    it('name a socket or a host, an export, and whether TLS is used', () => {
      const unix = { kind: 'unix', path: '/run/x.sock' } as const;
      const tcp = (host: string, port = 10809) => ({ kind: 'tcp', host, port }) as const;
      assert.deepEqual(parseNbdUri('nbd+unix:///?socket=/run/x.sock'), { address: unix, name: '', tls: false }); // prettier-ignore
      assert.deepEqual(parseNbdUri('nbds+unix:///a/b%20c?socket=/run/x.sock'), { address: unix, name: 'a/b c', tls: true }); // prettier-ignore
      assert.deepEqual(parseNbdUri('nbd://host'), { address: tcp('host'), name: '', tls: false });
      assert.deepEqual(parseNbdUri('nbds://10.0.0.1:99/disk'), { address: tcp('10.0.0.1', 99), name: 'disk', tls: true }); // prettier-ignore
      assert.deepEqual(parseNbdUri('nbd://[::1]/d').address, tcp('::1'));
    });

    it('that are wrong say what is wrong', () => {
      for (const [text, why] of [
        ['disk.img', /no URI/],
        ['http://host/x', /NBD target/],
        ['nbd+unix:///x', /path of its socket/],
        ['nbd+unix://host/x?socket=/s', /names a host/],
        ['nbd:///x', /names no host/],
        ['nbd://user@host/x', /user/],
        ['nbd://host:0/x', /port 0/],
        ['nbd://host/%zz', /%/],
      ] as const) {
        assert.throws(() => parseNbdUri(text), why, text);
      }
    });
  });
});

/** Streams over which the server's byte at a place is another, and something else is said in the end. */
function harmful(
  streams: MemoryStreams,
  at: number,
  byte: number,
  parts: readonly Uint8Array[],
): Streams {
  let first = true;
  return {
    listen: (to, accept, done) => {
      streams.listen(to, accept, done);
    },
    connect: (to, handler) => {
      let seen = 0;
      const harms = first;
      first = false;
      return streams.connect(to, {
        opened: () => handler.opened?.(),
        received: (bytes) => {
          if (harms && at >= seen && at < seen + bytes.length) bytes[at - seen] = byte;
          seen += bytes.length;
          handler.received(bytes);
          if (harms && seen > at) for (const part of parts) handler.received(part);
        },
        drained: () => handler.drained?.(),
        closed: (error) => {
          handler.closed(error);
        },
      });
    },
  };
}
