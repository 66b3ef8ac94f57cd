import assert from 'node:assert/strict';
import type { TlsUse } from '../../../src/engine/nbd/negotiation.ts';
import {
  command,
  info,
  option,
  optionReply,
  transmissionFlag,
} from '../../../src/engine/nbd/protocol.ts';
import { createNbdServer } from '../../../src/engine/nbd/server.ts';
import type { NbdServer } from '../../../src/engine/nbd/server.ts';
import { RamDisk } from './disks.ts';
import { MemoryStreams } from './memory-streams.ts';
import { address, goContent, named, optionMessage, queries, u16, u32, WireClient } from './wire.ts';

const noTls = { key: '', certificate: '' };

function served(tls: TlsUse = 'none'): { streams: MemoryStreams; server: NbdServer } {
  const streams = new MemoryStreams();
  const server = createNbdServer({
    streams,
    clock: streams.clock,
    tls: tls === 'none' ? undefined : { identity: noTls, required: tls === 'required' },
  });
  server.add({ name: 'disk', description: 'A disk', disk: new RamDisk(65536) });
  server.add({ name: 'ünïcode/2', disk: new RamDisk(1000, { readOnly: true }) });
  server.listen(address, (error) => {
    assert.equal(error, undefined);
  });
  streams.settle();
  return { streams, server };
}

function client(tls: TlsUse = 'none', flags?: number): WireClient {
  const wire = new WireClient(served(tls).streams);
  wire.greet(flags);
  return wire;
}

function typesOf(wire: WireClient, kind: number, ...content: readonly Uint8Array[]): number[] {
  return wire.ask(kind, ...content).map(({ type }) => type);
}

const { ack } = optionReply;

describe('NBD negotiation', () => {
  it('LIST names every export, with its description', () => {
    const replies = client().ask(option.list);
    assert.deepEqual(replies.map(({ type }) => type), [optionReply.server, optionReply.server, ack]); // prettier-ignore
    assert.equal(replies[0]?.content.toString(), '\0\0\0\x04diskA disk');
    assert.equal(replies[1]?.content.subarray(4).toString(), 'ünïcode/2');
  });

  it('LIST with content is invalid, and negotiation goes on', () => {
    const wire = client();
    assert.deepEqual(typesOf(wire, option.list, u32(1)), [optionReply.invalid]);
    assert.equal(typesOf(wire, option.list).at(-1), ack);
  });

  it('INFO tells of an export and stays in negotiation', () => {
    const wire = client();
    const wanted = goContent('disk', info.name, info.description, info.blockSize, 77);
    const replies = wire.ask(option.info, wanted);
    assert.equal(replies.at(-1)?.type, ack);
    const infos = new Map(replies.slice(0, -1).map((reply) => [reply.content.readUInt16BE(), reply.content])); // prettier-ignore
    assert.deepEqual([...infos.keys()].sort(), [0, 1, 2, 3]);
    assert.equal(infos.get(info.export)?.readBigUInt64BE(2), 65536n);
    assert.equal(infos.get(info.name)?.subarray(2).toString(), 'disk');
    assert.equal(infos.get(info.description)?.subarray(2).toString(), 'A disk');
    const sizes = infos.get(info.blockSize);
    const limits = [2, 6, 10].map((at) => sizes?.readUInt32BE(at));
    assert.deepEqual(limits, [1, 4096, 32 * 1024 * 1024]);
    assert.equal(typesOf(wire, option.list).at(-1), ack);
  });

  it('GO begins transmission', () => {
    const wire = new WireClient(served().streams);
    const { size, flags } = wire.go('ünïcode/2');
    assert.equal(size, 1000);
    const { hasFlags, readOnly, sendFlush, sendFua, canMultiConn, sendCache } = transmissionFlag;
    assert.equal(flags, hasFlags | readOnly | sendFlush | sendFua | canMultiConn | sendCache);
    wire.request({ type: command.read, length: 3, cookie: 9 });
    assert.deepEqual(wire.simple(3), { cookie: 9, errno: 0, data: Buffer.alloc(3), chunks: [] });
  });

  it('GO and INFO of an absent export are unknown, and negotiation goes on', () => {
    const wire = client();
    for (const kind of [option.go, option.info]) {
      assert.deepEqual(typesOf(wire, kind, goContent('disk2')), [optionReply.unknown]);
    }
    assert.equal(typesOf(wire, option.go, goContent('disk')).at(-1), ack);
  });

  it('malformed content of GO is invalid', () => {
    const wire = client();
    for (const content of [
      u16(0),
      named('disk'),
      Buffer.concat([u32(5), Buffer.from('disk'), u16(0)]),
      Buffer.concat([u32(0xffffffff), u16(0)]),
      Buffer.concat([named('disk'), u16(2), u16(3)]),
      Buffer.concat([goContent('disk'), u16(0)]),
      Buffer.concat([u32(2), Buffer.from([0xff, 0xfe]), u16(0)]),
    ]) {
      assert.deepEqual(typesOf(wire, option.go, content), [optionReply.invalid]);
    }
    assert.equal(typesOf(wire, option.go, goContent('disk')).at(-1), ack);
  });

  for (const [flags, length] of [
    [1, 134],
    [3, 10],
    [0, 134],
  ] as const) {
    // prettier-ignore
    it(`EXPORT_NAME answers ${length} bytes to client flags ${flags}`, () => {
      const wire = client('none', flags);
      wire.say(optionMessage(option.exportName, Buffer.from('disk')));
      assert.equal(wire.waiting, length);
      const answer = wire.take(length);
      assert.equal(answer.readBigUInt64BE(0), 65536n);
      assert.ok(answer.subarray(10).every((byte) => byte === 0));
      wire.request({ type: command.write, length: 2 }, Buffer.from('ab'));
      assert.equal(wire.simple().errno, 0);
    });
  }

  it('EXPORT_NAME of an absent export ends the connection: it knows no error', () => {
    const wire = client();
    wire.say(optionMessage(option.exportName, Buffer.from('nothing')));
    assert.ok(wire.ended);
    assert.equal(wire.waiting, 0);
  });

  it('a client without fixed newstyle gets no reply that it does not know', () => {
    const wire = client('none', 0);
    wire.say(optionMessage(option.list));
    assert.ok(wire.ended);
    assert.equal(wire.waiting, 0);
  });

  it('ABORT is acknowledged and ends the connection', () => {
    const wire = client();
    assert.deepEqual(typesOf(wire, option.abort), [ack]);
    assert.ok(wire.ended);
  });

  it('options that are not known are unsupported, and negotiation goes on', () => {
    const wire = client();
    for (const kind of [0, 4, 11, 99, 0xffffffff]) {
      const content = Buffer.alloc(kind % 50, 1);
      assert.deepEqual(typesOf(wire, kind, content), [optionReply.unsupported]);
    }
    assert.equal(typesOf(wire, option.list).at(-1), ack);
  });

  it('an option that is too long is skipped, and negotiation goes on', () => {
    const wire = client();
    assert.deepEqual(typesOf(wire, option.go, Buffer.alloc(100_000)), [optionReply.tooBig]);
    assert.equal(typesOf(wire, option.list).at(-1), ack);
  });

  it('client flags that are not known end the connection', () => {
    assert.ok(client('none', 7).ended);
  });

  it('what is no option ends the connection', () => {
    const wire = client();
    wire.say(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    assert.ok(wire.ended);
  });

  it('options without end end the connection', () => {
    const wire = client();
    for (let count = 0; count < 1000 && !wire.ended; count++) wire.say(optionMessage(99));
    assert.ok(wire.ended);
  });

  it('who agrees on nothing is let go after 30 s', () => {
    const { streams } = served();
    const wire = new WireClient(streams);
    const other = new WireClient(streams);
    other.go('disk');
    streams.pass(29_000);
    assert.equal(wire.ended, false);
    streams.pass(2000);
    assert.equal(wire.ended, true);
    assert.equal(other.ended, false);
    assert.equal(streams.timers, 0);
  });

  it('everything may arrive byte by byte', () => {
    const { streams } = served();
    streams.pieces = 1;
    const wire = new WireClient(streams);
    assert.equal(wire.go('disk', { allocation: true }).size, 65536);
    wire.request({ type: command.write, offset: 5, length: 5 }, Buffer.from('hello'));
    assert.equal(wire.structured().errno, 0);
    wire.request({ type: command.read, offset: 4, length: 7, cookie: 2 });
    assert.equal(wire.structured(4, 7).data.toString(), '\0hello\0');
  });

  describe('metadata contexts', () => {
    it('need structured replies first', () => {
      const wire = client();
      const content = queries('disk', 'base:allocation');
      assert.deepEqual(typesOf(wire, option.setMetaContext, content), [optionReply.invalid]);
      assert.deepEqual(typesOf(wire, option.structuredReply, u32(0)), [optionReply.invalid]);
      assert.deepEqual(typesOf(wire, option.structuredReply), [ack]);
      const found = [optionReply.metaContext, ack];
      assert.deepEqual(typesOf(wire, option.setMetaContext, content), found);
    });

    it('are listed for no query, their namespace and their name', () => {
      const wire = client();
      wire.acknowledged(option.structuredReply);
      const asked = (...names: readonly string[]): string[] =>
        wire
          .ask(option.listMetaContext, queries('disk', ...names))
          .slice(0, -1)
          .map(({ content }) => content.subarray(4).toString());
      assert.deepEqual(asked(), ['base:allocation']);
      assert.deepEqual(asked('base:'), ['base:allocation']);
      assert.deepEqual(asked('qemu:dirty-bitmap:x', 'base:allocation'), ['base:allocation']);
      assert.deepEqual(asked('qemu:'), []);
    });

    it('are chosen by their name alone', () => {
      const wire = client();
      wire.acknowledged(option.structuredReply);
      const { setMetaContext } = option;
      assert.deepEqual(typesOf(wire, setMetaContext, queries('disk')), [ack]);
      assert.deepEqual(typesOf(wire, setMetaContext, queries('disk', 'base:')), [ack]);
      const [chosen] = wire.ask(setMetaContext, queries('disk', 'x:y', 'base:allocation'));
      assert.equal(chosen?.content.readUInt32BE(), 1);
      const unknown = queries('none', 'base:allocation');
      assert.deepEqual(typesOf(wire, setMetaContext, unknown), [optionReply.unknown]);
      const malformed = Buffer.concat([queries('disk', 'base:allocation'), u16(1)]);
      assert.deepEqual(typesOf(wire, setMetaContext, malformed), [optionReply.invalid]);
      const endless = Buffer.concat([named('disk'), u32(0xffffffff)]);
      assert.deepEqual(typesOf(wire, setMetaContext, endless), [optionReply.invalid]);
    });

    it('count for the export for which they were chosen alone', () => {
      const wire = client();
      wire.acknowledged(option.structuredReply);
      wire.acknowledged(option.setMetaContext, queries('ünïcode/2', 'base:allocation'));
      wire.acknowledged(option.go, goContent('disk'));
      wire.request({ type: command.blockStatus, length: 512 });
      assert.equal(wire.structured().errno, 22);
    });
  });

  describe('TLS', () => {
    it('is unsupported without a certificate', () => {
      assert.deepEqual(typesOf(client(), option.startTls), [optionReply.unsupported]);
    });

    it('begins behind the acknowledgement, and forgets what was agreed on before', () => {
      const { streams } = served('optional');
      const wire = new WireClient(streams);
      wire.greet();
      wire.acknowledged(option.structuredReply);
      assert.deepEqual(typesOf(wire, option.startTls, u32(0)), [optionReply.invalid]);
      assert.deepEqual(typesOf(wire, option.startTls), [ack]);
      const content = queries('disk', 'base:allocation');
      assert.deepEqual(typesOf(wire, option.setMetaContext, content), [optionReply.invalid]);
      assert.deepEqual(typesOf(wire, option.startTls), [optionReply.invalid]);
      wire.acknowledged(option.go, goContent('disk'));
      wire.request({ type: command.read, length: 1 });
      assert.equal(wire.simple(1).errno, 0);
    });

    it('is not begun where something was said behind it in the clear', () => {
      const wire = client('optional');
      wire.say(optionMessage(option.startTls), optionMessage(option.list));
      assert.ok(wire.ended);
      assert.equal(wire.waiting, 0);
    });

    it('where it is required, nothing is told without it', () => {
      const wire = client('required');
      const { tlsRequired } = optionReply;
      for (const kind of [option.list, option.info, option.go, option.structuredReply, 99]) {
        assert.deepEqual(typesOf(wire, kind, goContent('disk')), [tlsRequired]);
      }
      assert.deepEqual(typesOf(wire, option.startTls), [ack]);
      assert.equal(typesOf(wire, option.list).length, 3);
      const other = client('required');
      other.say(optionMessage(option.exportName, Buffer.from('disk')));
      assert.ok(other.ended);
      assert.equal(other.waiting, 0);
    });
  });
});
