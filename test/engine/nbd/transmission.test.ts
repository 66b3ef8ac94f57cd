import assert from 'node:assert/strict';
import type { ExportedDisk, ZeroOptions } from '../../../src/engine/nbd/exported-disk.ts';
import { chunk, command, commandFlag, errno, option } from '../../../src/engine/nbd/protocol.ts';
import { createNbdServer } from '../../../src/engine/nbd/server.ts';
import type { NbdServer, NbdServerOptions } from '../../../src/engine/nbd/server.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { WorldError } from '../../../src/engine/world/world.ts';
import type { WorldErrorCode, Answer, Done } from '../../../src/engine/world/world.ts';
import { RamDisk } from './disks.ts';
import { MemoryStreams } from './memory-streams.ts';
import { address, goContent, requestMessage, WireClient } from './wire.ts';

const MiB = 1024 * 1024;

/** A disk that finishes nothing before it is told to. */
class PatientDisk implements ExportedDisk {
  readonly size = 2 ** 40;
  readonly readOnly = false;
  readonly zeroesFast = false;
  readonly begun: { readonly call: string; readonly finish: (error?: WorldError) => void }[] = [];

  read(offset: number, length: number, done: Answer<Payload>): void {
    this.#begin(`read ${offset} ${length}`, (error) => {
      done(error, error ? undefined : bytesPayload(new Uint8Array(length).fill(offset % 251)));
    });
  }

  write(offset: number, payload: Payload, _fua: boolean, done: Done): void {
    this.#begin(`write ${offset} ${payload.length}`, done);
  }

  flush(done: Done): void {
    this.#begin('flush', done);
  }

  zero(offset: number, length: number, _options: ZeroOptions, done: Done): void {
    this.#begin(`zero ${offset} ${length}`, done);
  }

  trim(offset: number, length: number, _fua: boolean, done: Done): void {
    this.#begin(`trim ${offset} ${length}`, done);
  }

  get calls(): string[] {
    return this.begun.map(({ call }) => call);
  }

  finishAll(): void {
    for (const { finish } of this.begun.splice(0)) finish();
  }

  #begin(call: string, finish: (error?: WorldError) => void): void {
    this.begun.push({ call, finish });
  }
}

interface Bed {
  readonly streams: MemoryStreams;
  readonly server: NbdServer;
  readonly client: (settings?: { structured?: boolean; allocation?: boolean }) => WireClient;
}

function bed(disk: ExportedDisk, options: Partial<NbdServerOptions> = {}): Bed {
  const streams = new MemoryStreams();
  const server = createNbdServer({ streams, clock: streams.clock, ...options });
  server.add({ name: 'd', disk });
  server.listen(address, (error) => {
    assert.equal(error, undefined);
  });
  streams.settle();
  return {
    streams,
    server,
    client: (settings) => {
      const wire = new WireClient(streams);
      wire.go('d', settings);
      return wire;
    },
  };
}

describe('NBD transmission', () => {
  for (const structured of [false, true]) {
    describe(structured ? 'with structured replies' : 'with simple replies', () => {
      const reply = (wire: WireClient, length = 0, base = 0) =>
        structured ? wire.structured(base, length) : wire.simple(length);

      it('reads what was written, aligned to nothing', () => {
        const wire = bed(new RamDisk(MiB)).client({ structured });
        const data = Buffer.from(Array.from({ length: 10_001 }, (_, at) => at % 253));
        wire.request({ type: command.write, offset: 4095, length: data.length, cookie: 5 }, data);
        assert.deepEqual({ ...reply(wire), chunks: [] }, { cookie: 5, errno: 0, data: Buffer.alloc(0), chunks: [] }); // prettier-ignore
        wire.request({ type: command.read, offset: 4095, length: data.length, cookie: 6 });
        assert.ok(reply(wire, data.length, 4095).data.equals(data));
      });

      it('passes FUA, zeroes and trims on as they are', () => {
        const disk = new RamDisk(MiB);
        const wire = bed(disk).client({ structured });
        const { fua, noHole, fastZero } = commandFlag;
        const requests = [
          { type: command.write, flags: fua, offset: 1, length: 2 },
          { type: command.writeZeroes, offset: 3, length: 500_000 },
          { type: command.writeZeroes, flags: fua | noHole | fastZero, offset: 4, length: 5 },
          { type: command.trim, offset: 6, length: 700_000 },
          { type: command.trim, flags: fua, offset: 8, length: 9 },
          { type: command.flush },
          { type: command.flush, flags: fua },
          { type: command.cache, offset: 1, length: 10 },
        ];
        for (const request of requests) {
          wire.request(request, Buffer.alloc(request.type === command.write ? 2 : 0));
          assert.equal(reply(wire).errno, 0, JSON.stringify(request));
        }
        assert.deepEqual(disk.calls, [
          'write 1 2 fua',
          'zero 3 500000',
          'zero 4 5 keep fua',
          'trim 6 700000',
          'trim 8 9 fua',
          'flush',
          'flush',
        ]);
      });

      it('answers what is not allowed with its errno, and goes on', () => {
        const disk = new RamDisk(MiB);
        const wire = bed(disk).client({ structured });
        const refused: [Parameters<WireClient['request']>[0], number][] = [
          [{ type: command.read, offset: MiB, length: 1 }, errno.invalid],
          [{ type: command.read, offset: MiB - 1, length: 2 }, errno.invalid],
          [{ type: command.read, offset: 2n ** 64n - 1n, length: 2 }, errno.invalid],
          [{ type: command.read, offset: 0, length: 32 * MiB + 1 }, errno.invalid],
          [{ type: command.read, flags: commandFlag.noHole, length: 1 }, errno.invalid],
          [{ type: command.read, flags: 0x8000, length: 1 }, errno.invalid],
          [{ type: command.write, offset: MiB - 1, length: 2 }, errno.noSpace],
          [{ type: command.write, offset: 2n ** 63n, length: 2 }, errno.noSpace],
          [{ type: command.write, flags: commandFlag.df, length: 2 }, errno.invalid],
          [{ type: command.writeZeroes, offset: 1, length: MiB }, errno.noSpace],
          [{ type: command.writeZeroes, flags: commandFlag.reqOne, length: 1 }, errno.invalid],
          [{ type: command.trim, offset: 0, length: 0xffffffff }, errno.invalid],
          [{ type: command.cache, offset: MiB, length: 1 }, errno.invalid],
          [{ type: command.flush, offset: 1 }, errno.invalid],
          [{ type: command.flush, length: 1 }, errno.invalid],
          [{ type: command.blockStatus, length: 1 }, errno.invalid],
          [{ type: 8, length: 1 }, errno.invalid],
          [{ type: 0xffff, length: 1 }, errno.invalid],
        ];
        if (!structured) refused.push([{ type: command.read, flags: commandFlag.df, length: 1 }, errno.invalid]); // prettier-ignore
        for (const [request, expected] of refused) {
          const data = Buffer.alloc(request.type === command.write ? (request.length ?? 0) : 0, 1);
          wire.request({ ...request, cookie: 77 }, data);
          const { cookie, errno: got } = reply(wire);
          assert.deepEqual([cookie, got], [77, expected], JSON.stringify(request, (_, v: unknown) => typeof v === 'bigint' ? String(v) : v)); // prettier-ignore
        }
        assert.deepEqual(disk.calls, []);
        wire.request({ type: command.read, length: 4 });
        assert.equal(reply(wire, 4).errno, 0);
      });

      it('skips the data of a write that is too long', () => {
        const wire = bed(new RamDisk(128 * MiB)).client({ structured });
        wire.request({ type: command.write, length: 33 * MiB });
        for (let sent = 0; sent < 33; sent++) {
          assert.equal(wire.waiting, 0);
          wire.say(Buffer.alloc(MiB, 1));
        }
        assert.equal(reply(wire).errno, errno.invalid);
        wire.request({ type: command.read, length: 4 });
        assert.ok(reply(wire, 4).data.equals(Buffer.alloc(4)));
      });

      it('lets nothing be done to nothing, and asks the disk for none of it', () => {
        const disk = new RamDisk(MiB);
        const wire = bed(disk).client({ structured });
        for (const type of [
          command.read,
          command.write,
          command.trim,
          command.writeZeroes,
          command.cache,
        ]) {
          // prettier-ignore
          wire.request({ type, offset: MiB });
          assert.equal(reply(wire).errno, 0, `command ${type}`);
        }
        assert.deepEqual(disk.calls, []);
      });

      it('gives every failure of the disk its errno', () => {
        const disk = new RamDisk(MiB);
        const wire = bed(disk).client({ structured });
        const expected: [WorldErrorCode, number][] = [
          ['no-space', errno.noSpace],
          ['out-of-range', errno.invalid],
          ['closed', errno.shutdown],
          ['corrupt', errno.inputOutput],
          ['input-output', errno.inputOutput],
          ['not-found', errno.inputOutput],
        ];
        for (const [code, number] of expected) {
          for (const type of [
            command.read,
            command.write,
            command.flush,
            command.trim,
            command.writeZeroes,
            command.cache,
          ]) {
            // prettier-ignore
            disk.failure = new WorldError(code, 'disk', 'it had to');
            const length = type === command.flush ? 0 : 3;
            wire.request({ type, length }, Buffer.alloc(type === command.write ? 3 : 0));
            assert.equal(reply(wire).errno, number);
          }
        }
      });

      it('answers requests as they finish', () => {
        const disk = new PatientDisk();
        const wire = bed(disk).client({ structured });
        for (const cookie of [1, 2, 3]) {
          wire.request({ type: command.read, offset: cookie, length: 2, cookie });
        }
        for (const index of [2, 0, 1]) {
          disk.begun[index]?.finish();
          wire.say();
          const { cookie, data } = reply(wire, 2, index + 1);
          assert.deepEqual([cookie, [...data]], [index + 1, [index + 1, index + 1]]);
        }
      });
    });
  }

  it('an answer of the wrong length is an error, never data', () => {
    class ShortDisk extends RamDisk {
      override read(offset: number, length: number, done: Answer<Payload>): void {
        super.read(offset, length - 1, done);
      }
    }
    const wire = bed(new ShortDisk(MiB)).client();
    wire.request({ type: command.read, length: 10 });
    assert.equal(wire.simple().errno, errno.inputOutput);
    assert.equal(wire.waiting, 0);
  });

  it('zeroes cross the wire as holes, in one chunk where that is asked for', () => {
    const wire = bed(new RamDisk(MiB)).client({ structured: true });
    wire.request({ type: command.write, offset: 8192, length: 4096 }, Buffer.alloc(4096, 7));
    wire.structured();
    wire.request({ type: command.read, offset: 0, length: 65536 });
    const heard = wire.waiting;
    const { chunks, data } = wire.structured(0, 65536);
    assert.deepEqual(chunks, [chunk.offsetHole, chunk.offsetData, chunk.offsetHole]);
    assert.ok(heard < 4096 + 200);
    assert.ok(data.equals(Buffer.concat([Buffer.alloc(8192), Buffer.alloc(4096, 7), Buffer.alloc(53248)]))); // prettier-ignore
    wire.request({ type: command.read, flags: commandFlag.df, offset: 0, length: 65536 });
    const whole = wire.structured(0, 65536);
    assert.deepEqual(whole.chunks, [chunk.offsetData]);
    assert.ok(whole.data.equals(data));
    wire.request({ type: command.read, flags: commandFlag.df, offset: 131072, length: 65536 });
    assert.deepEqual(wire.structured(131072, 65536).chunks, [chunk.offsetHole]);
  });

  describe('block status', () => {
    const runs = (content: Buffer): number[][] => {
      assert.equal(content.readUInt32BE(0), 1);
      const found: number[][] = [];
      for (let at = 4; at < content.length; at += 8) {
        found.push([content.readUInt32BE(at), content.readUInt32BE(at + 4)]);
      }
      return found;
    };

    it('tells data from holes, neighbours that are alike as one', () => {
      const wire = bed(new RamDisk(MiB)).client({ allocation: true });
      wire.request({ type: command.write, offset: 8192, length: 8192 }, Buffer.alloc(8192, 1));
      wire.structured();
      wire.request({ type: command.blockStatus, offset: 100, length: 100_000 });
      assert.deepEqual(runs(wire.structured().data), [[8092, 3], [8192, 0], [83_716, 3]]); // prettier-ignore
      wire.request({ type: command.blockStatus, flags: commandFlag.reqOne, offset: 9000, length: 60_000 }); // prettier-ignore
      assert.deepEqual(runs(wire.structured().data), [[7384, 0]]);
    });

    it('is data where nothing is known', () => {
      const wire = bed(new PatientDisk()).client({ allocation: true });
      wire.request({ type: command.blockStatus, offset: 2 ** 33, length: 2 ** 31 });
      assert.deepEqual(runs(wire.structured().data), [[2 ** 31, 0]]);
    });

    it('refuses what is beyond the end, and nothing', () => {
      const wire = bed(new RamDisk(MiB)).client({ allocation: true });
      wire.request({ type: command.blockStatus, offset: MiB, length: 1 });
      assert.equal(wire.structured().errno, errno.invalid);
      wire.request({ type: command.blockStatus, offset: 0, length: 0 });
      assert.equal(wire.structured().errno, errno.invalid);
    });

    it('never has more runs in a reply than a client can take', () => {
      const disk = new RamDisk(64 * MiB);
      const wire = bed(disk).client({ allocation: true });
      for (let block = 0; block < 16_000; block += 2) {
        disk.write(block * 4096, bytesPayload(new Uint8Array(4096)), false, () => undefined);
      }
      wire.request({ type: command.blockStatus, offset: 0, length: 64 * MiB });
      const found = runs(wire.structured().data);
      assert.equal(found.length, 4096);
      assert.deepEqual(found.slice(0, 2), [[4096, 0], [4096, 3]]); // prettier-ignore
    });
  });

  describe('an end', () => {
    it('that is asked for waits for what runs', () => {
      const disk = new PatientDisk();
      const wire = bed(disk).client();
      wire.request({ type: command.write, length: 3, cookie: 8 }, Buffer.alloc(3));
      wire.say(requestMessage({ type: command.disconnect }), requestMessage({ type: command.read, length: 3 })); // prettier-ignore
      assert.equal(wire.ended, false);
      assert.deepEqual(disk.calls, ['write 0 3']);
      disk.finishAll();
      wire.say();
      assert.equal(wire.simple().cookie, 8);
      assert.equal(wire.ended, true);
    });

    it('comes to who sends what is no request', () => {
      const wire = bed(new RamDisk(MiB)).client();
      wire.say(Buffer.alloc(28, 0xee));
      assert.equal(wire.ended, true);
      assert.equal(wire.waiting, 0);
    });

    it('without a word leaves nothing behind', () => {
      const disk = new PatientDisk();
      const { server, streams, client } = bed(disk);
      const wire = client();
      wire.request({ type: command.read, length: 3 });
      wire.request({ type: command.write, length: 300 }, Buffer.alloc(100));
      wire.stream.destroy();
      streams.settle();
      assert.equal(server.clientsOf('d'), 0);
      let removed = false;
      server.remove('d', () => {
        removed = true;
      });
      streams.settle();
      assert.equal(removed, false, 'a read still runs');
      disk.finishAll();
      streams.settle();
      assert.equal(removed, true);
    });
  });

  describe('limits', () => {
    it('a client that does not read its answers is read no further', () => {
      const disk = new PatientDisk();
      const { client, streams } = bed(disk, { memory: 16 * MiB });
      const wire = client();
      wire.stream.pause();
      const length = MiB / 4;
      let begun = 0;
      for (let count = 0; count < 100; count++) {
        wire.request({ type: command.read, length });
        begun += disk.begun.length;
        disk.finishAll();
        streams.settle();
      }
      assert.ok(begun >= 4 && begun <= 16, `${begun * length} bytes in memory`);
      wire.stream.resume();
      streams.settle();
      while (begun < 100) {
        assert.ok(disk.begun.length > 0);
        begun += disk.begun.length;
        disk.finishAll();
        streams.settle();
      }
      for (let count = 0; count < 100; count++) assert.equal(wire.simple(length).errno, 0);
      assert.equal(wire.waiting, 0);
    });

    it('a client that does not read its errors is read no further', () => {
      const { client, streams } = bed(new RamDisk(MiB), { memory: MiB });
      const wire = client({ structured: true });
      wire.stream.pause();
      const invalid = requestMessage({ type: command.read, offset: MiB, length: 1 });
      const many = Buffer.concat(Array.from({ length: 1000 }, () => invalid));
      for (let count = 0; count < 20; count++) wire.say(many);
      assert.ok(wire.stream.backlog > 0, 'what is not read stays with who sent it');
      wire.stream.resume();
      streams.settle();
      for (let count = 0; count < 20_000; count++) {
        assert.equal(wire.structured().errno, errno.invalid);
      }
      assert.equal(wire.waiting, 0);
    });

    it('a client runs 1024 requests at once', () => {
      const disk = new PatientDisk();
      const { client, streams } = bed(disk);
      const wire = client();
      const flush = requestMessage({ type: command.flush });
      wire.say(Buffer.concat(Array.from({ length: 3000 }, () => flush)));
      let begun = 0;
      while (begun < 3000) {
        assert.ok(disk.begun.length > 0 && disk.begun.length <= 1024);
        begun += disk.begun.length;
        disk.finishAll();
        streams.settle();
      }
      for (let count = 0; count < 3000; count++) assert.equal(wire.simple().errno, 0);
    });

    it('all clients share memory, and all get on', () => {
      const disk = new PatientDisk();
      const { client, streams } = bed(disk, { memory: 2 * MiB });
      const wires = [client(), client(), client()];
      const most = 2 + 3;
      for (const [index, wire] of wires.entries()) {
        for (let count = 0; count < 10; count++) {
          wire.request({ type: command.read, offset: index, length: MiB, cookie: count });
        }
      }
      let begun = 0;
      while (begun < 30) {
        const running = disk.begun.length;
        assert.ok(running > 0 && running <= most, `${running} run`);
        begun += running;
        disk.finishAll();
        streams.settle();
      }
      for (const wire of wires) {
        for (let count = 0; count < 10; count++) assert.equal(wire.simple(MiB).errno, 0);
      }
    });

    it('one client too many is let go', () => {
      const { streams, client } = bed(new RamDisk(MiB), { mostClients: 2 });
      const first = client();
      client();
      const third = new WireClient(streams);
      assert.equal(third.ended, true);
      first.stream.destroy();
      streams.settle();
      client();
    });
  });

  describe('exports', () => {
    it('come while the server runs, each under a name of its own', () => {
      const { server, streams } = bed(new RamDisk(MiB));
      server.add({ name: 'later', disk: new RamDisk(77) });
      assert.throws(() => {
        server.add({ name: 'later', disk: new RamDisk(78) });
      }, RangeError);
      assert.throws(() => {
        server.add({ name: 'x'.repeat(4097), disk: new RamDisk(78) });
      }, RangeError);
      assert.equal(new WireClient(streams).go('later').size, 77);
      assert.equal(server.clientsOf('later'), 1);
    });

    it('that are removed let their clients go when what runs is answered', () => {
      const disk = new PatientDisk();
      const { server, streams, client } = bed(disk);
      server.add({ name: 'other', disk: new RamDisk(MiB) });
      const other = new WireClient(streams);
      other.go('other');
      const idle = client();
      const busy = client();
      busy.request({ type: command.write, length: 3, cookie: 4 }, Buffer.alloc(3));
      let removed = 0;
      server.remove('d', () => {
        removed++;
      });
      busy.request({ type: command.read, length: 3, cookie: 5 });
      assert.equal(idle.ended, true);
      assert.equal(busy.ended, false);
      assert.equal(removed, 0);
      assert.deepEqual(disk.calls, ['write 0 3'], 'nothing new is begun');
      disk.finishAll();
      streams.settle();
      assert.equal(busy.simple().cookie, 4);
      assert.equal(busy.waiting, 0);
      assert.equal(busy.ended, true);
      assert.equal(removed, 1);
      const late = new WireClient(streams);
      late.greet();
      assert.equal(late.ask(option.go, goContent('d')).length, 1);
      other.request({ type: command.read, length: 1 });
      assert.equal(other.simple(1).errno, 0);
      server.remove('d', () => {
        removed++;
      });
      streams.settle();
      assert.equal(removed, 2);
    });

    it('are all gone when the server is closed', () => {
      const disk = new PatientDisk();
      const { server, streams, client } = bed(disk);
      const busy = client();
      const negotiating = new WireClient(streams);
      busy.request({ type: command.flush });
      let closed = false;
      server.close(() => {
        closed = true;
      });
      streams.settle();
      assert.equal(negotiating.ended, true);
      assert.equal(closed, false);
      disk.finishAll();
      streams.settle();
      assert.equal(closed, true);
      assert.equal(busy.ended, true);
      assert.equal(new WireClient(streams).ended, true);
      assert.equal(streams.timers, 0);
    });
  });

  it('serves beyond loopback only those who show certificates over TLS', () => {
    const streams = new MemoryStreams();
    const { clock } = streams;
    const identity = { key: '', certificate: '' };
    const tried = (tls: NbdServerOptions['tls'], host: string): WorldError | undefined => {
      let problem: WorldError | undefined;
      createNbdServer({ streams, clock, tls }).listen({ kind: 'tcp', host, port: 0 }, (error) => {
        problem = error;
      });
      streams.settle();
      return problem;
    };
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1']) {
      assert.equal(tried(undefined, host), undefined);
    }
    for (const host of ['0.0.0.0', '::', '10.1.1.1', 'example.com', '127.evil.com']) {
      const required = { identity, required: true };
      assert.match(String(tried(undefined, host)?.message), /TLS is required/);
      assert.match(String(tried(required, host)?.message), /certificates/);
      assert.notEqual(
        tried({ identity, required: false, clientAuthorities: 'x' }, host),
        undefined,
      );
      assert.equal(tried({ ...required, clientAuthorities: 'x' }, host), undefined);
    }
  });
});
