import assert from 'node:assert/strict';
import type { Alert, LabSnapshot } from '../../../src/engine/api.ts';
import { DisconnectedError } from '../../../src/engine/control/control-client.ts';
import type { EngineEvent } from '../../../src/engine/control/engine-events.ts';
import { limits } from '../../../src/engine/control/protocol.ts';
import { QuestionError } from '../../../src/engine/control/questions.ts';
import { ControlBed, info, quiet } from './fixtures.ts';

const alert: Alert = {
  id: 'ZVM0003',
  level: 'error',
  site: 'DR_Site',
  message: 'The Zerto Virtual Manager is not connected to site Prod_Site',
  vpgs: ['shop'],
  raised: 5000,
};

describe('a client of the engine', () => {
  it('is told with whom it talks', async () => {
    const bed = new ControlBed();
    const client = bed.client();
    await bed.settle();
    assert.deepEqual(await client.hello(), info);
    assert.deepEqual(bed.populations, [1]);
  });

  it('of another version is told both versions and what to update', () => {
    for (const [protocol, update] of [
      [2, 'engine'],
      [0, 'client'],
    ] as const) {
      const bed = new ControlBed();
      const client = bed.raw();
      client.send({ type: 'hello', protocol, client: 'other', unheardOf: true });
      const { type, code, message } = client.last ?? {};
      assert.deepEqual([type, code], ['bye', 'protocol-version']);
      assert.equal(
        message,
        `The client speaks version ${protocol}, and this engine speaks version 1 of the protocol ` +
          `(Tidemark 1.2.3). Update the ${update}.`,
      );
      assert.ok(client.closed);
    }
  });

  it('hears the goodbye of an engine of another version as its own error', async () => {
    const bed = new ControlBed();
    const client = bed.client();
    bed.server.stop();
    await bed.settle();
    await assert.rejects(client.hello(), (error) => {
      assert.ok(error instanceof DisconnectedError);
      return error.code === 'stopping';
    });
    await assert.rejects(client.ask({ kind: 'engine' }), DisconnectedError);
  });

  it('that does not say hello in time is dropped', () => {
    const bed = new ControlBed();
    const client = bed.raw();
    bed.clock.run(limits.helloTime - 1);
    assert.ok(!client.closed);
    bed.clock.run(limits.helloTime);
    assert.equal(client.last?.['code'], 'no-hello');
    assert.ok(client.closed);
    assert.equal(bed.server.connections, 0);
  });

  it('gets each answer under the id of its question, in whatever order they come', async () => {
    const bed = new ControlBed();
    const client = bed.client();
    let slow: (() => void) | undefined;
    bed.engine.reply = (request) =>
      new Promise((resolve) => {
        const answer = (): void => {
          resolve({ result: 'refused', reason: request.kind, missing: ['a', 'b'] });
        };
        if (request.kind === 'pause') slow = answer;
        else answer();
      });
    const order: string[] = [];
    const ask = async (kind: 'pause' | 'resume', site?: string): Promise<void> => {
      const reply = await client.ask({ kind: 'request', site, request: { kind, vpg: 'shop' } });
      assert.equal(reply.result, 'refused');
      order.push(reply.reason);
    };
    const both = [ask('pause', 'DR_Site'), ask('resume')];
    await bed.settle();
    assert.deepEqual(order, ['resume']);
    slow?.();
    await bed.settle();
    await Promise.all(both);
    assert.deepEqual(order, ['resume', 'pause']);
    assert.deepEqual(bed.engine.asked, ['pause at DR_Site', 'resume at any site']);
  });

  it('is told which key of a question is not understood, and may go on', () => {
    const bed = new ControlBed();
    const client = bed.raw();
    client.hello();
    const request = { kind: 'failover-test', vpg: 'shop', checkpoint: { kind: 'latest', tag: 1 } };
    client.send({ type: 'ask', id: 7, question: { kind: 'request', request } });
    assert.equal(client.last?.['code'], 'bad-question');
    assert.match(String(client.last['message']), /request\.checkpoint: Unrecognized key: "tag"/);
    client.send({ type: 'ask', id: 8, question: { kind: 'request', reqest: {} } });
    assert.match(String(client.last['message']), /^The question is not understood: .*request/);
    client.send({ type: 'ask', id: 9, question: { kind: 'engine' } });
    assert.deepEqual(client.last, { type: 'answer', id: 9, answer: info });
    assert.deepEqual(bed.engine.asked, []);
  });

  it('hears of a failure by its code, and the engine lives on', async () => {
    const bed = new ControlBed();
    bed.engine.power = () => {
      throw new QuestionError('unknown-name', 'There is no component X.');
    };
    bed.engine.cutLink = () => {
      throw new TypeError('something is not a function');
    };
    const client = bed.client();
    const power = client.ask({ kind: 'power', component: 'X', verb: 'powerOff' });
    const cut = client.ask({ kind: 'cut-link', link: 'mpls' });
    await Promise.all([
      assert.rejects(
        power,
        (error) => error instanceof QuestionError && error.code === 'unknown-name',
      ),
      assert.rejects(cut, (error) => error instanceof QuestionError && error.code === 'internal'),
      bed.settle(),
    ]);
    assert.match(bed.engine.reports.join(), /cut-link failed: something is not a function/);
    const engine = client.ask({ kind: 'engine' });
    await bed.settle();
    assert.deepEqual(await engine, info);
  });

  it('has only so many questions open', async () => {
    const bed = new ControlBed();
    bed.engine.reply = () => new Promise(() => undefined);
    const client = bed.raw();
    client.hello();
    const question = { kind: 'request', request: { kind: 'pause', vpg: 'shop' } };
    for (let id = 0; id <= limits.openQuestions; id++) client.send({ type: 'ask', id, question });
    assert.deepEqual(
      [client.last?.['id'], client.last?.['code']],
      [limits.openQuestions, 'too-many-questions'],
    );
    assert.equal(bed.engine.asked.length, limits.openQuestions);
    await bed.settle();
    assert.ok(!client.closed);
  });

  it('is dropped for what is no message: not JSON, no question, an id twice, a line without end', () => {
    const endless = 'x'.repeat(limits.clientLine + 1);
    const ask = {
      type: 'ask',
      id: 1,
      question: { kind: 'request', request: { kind: 'pause', vpg: 'a' } },
    };
    const cases: [string, unknown[]][] = [
      ['bad-message', ['{']],
      ['bad-message', [{ type: 'ask', id: -1, question: {} }]],
      ['bad-message', [[1, 2, 3]]],
      ['bad-message', [ask, ask]],
      ['line-too-long', [endless]],
    ];
    for (const [code, lines] of cases) {
      const bed = new ControlBed();
      bed.engine.reply = () => new Promise(() => undefined);
      const client = bed.raw();
      client.hello();
      client.send(...lines);
      assert.deepEqual([client.last?.['type'], client.last?.['code']], ['bye', code]);
      assert.ok(client.closed);
      assert.equal(bed.server.connections, 0);
      assert.equal(bed.clock.waiting, 0, 'no timer is left');
    }
  });

  it('that comes when there are too many is sent away, and the others stay', () => {
    const bed = new ControlBed();
    const clients = Array.from({ length: limits.clients }, () => bed.raw());
    for (const client of clients) client.hello();
    const late = bed.raw();
    late.send({ type: 'hello', protocol: 1, client: 'late' });
    assert.equal(late.last?.['code'], 'too-many-clients');
    assert.equal(bed.server.clients, limits.clients);
    clients[0]?.own.destroy();
    bed.clock.run();
    const next = bed.raw();
    next.hello();
    assert.equal(next.last?.['type'], 'hello');
  });

  it('that leaves ends what it has asked for', async () => {
    const bed = new ControlBed();
    let signal: AbortSignal | undefined;
    bed.engine.copy = (progress, given) => {
      signal = given;
      progress(1, 2);
      return new Promise(() => undefined);
    };
    const client = bed.client();
    const heard: number[][] = [];
    const clone = client.ask(
      { kind: 'clone', vpg: 'shop', checkpoint: { kind: 'latest' }, to: '/x', format: 'raw' },
      (done, total) => heard.push([done, total]),
    );
    clone.catch(() => undefined);
    await bed.settle();
    assert.deepEqual(heard, [[1, 2]]);
    assert.equal(signal?.aborted, false);
    client.close();
    await assert.rejects(clone, DisconnectedError);
    await bed.settle();
    assert.ok(signal.aborted);
    assert.deepEqual(bed.populations, [1, 0]);
  });
});

describe('what a client mounts', () => {
  const mount = { kind: 'mount', vpg: 'shop', checkpoint: { kind: 'latest' } } as const;

  it('is there until it says so, or until it has gone', async () => {
    const bed = new ControlBed();
    const [one, other] = [bed.client(), bed.client()];
    const answers = [one.ask(mount), one.ask(mount), other.ask(mount)];
    await bed.settle();
    const [first, second, third] = (await Promise.all(answers)).map((answer) => {
      assert.ok(answer.result === 'success');
      return answer.mount;
    });
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const foreign = other.ask({ kind: 'unmount', mount: first });
    const own = one.ask({ kind: 'unmount', mount: second });
    await Promise.all([assert.rejects(foreign, { code: 'unknown-name' }), bed.settle(), own]);
    assert.deepEqual(bed.engine.unmounted, [second]);
    one.close();
    await bed.settle();
    assert.deepEqual(bed.engine.unmounted, [second, first]);
    bed.server.stop();
    await bed.settle();
    assert.deepEqual(bed.engine.unmounted, [second, first, third]);
  });

  it('is closed at once where it has gone before it was there', async () => {
    const bed = new ControlBed();
    const opened = bed.engine.opened;
    let open: (() => void) | undefined;
    bed.engine.opened = async (question, count) => {
      await new Promise<void>((resolve) => (open = resolve));
      return opened(question, count);
    };
    const client = bed.client();
    const asked = assert.rejects(client.ask(mount), DisconnectedError);
    await bed.settle();
    client.close();
    await bed.settle();
    open?.();
    await bed.settle();
    await asked;
    assert.deepEqual(bed.engine.unmounted, ['DR_Site 1']);
  });

  it('is limited in number, those that are coming included', async () => {
    const bed = new ControlBed();
    const client = bed.client();
    const asked = Array.from({ length: limits.mounts + 1 }, () => client.ask(mount));
    const last = assert.rejects(asked.pop() ?? Promise.resolve(), { code: 'not-possible' });
    await bed.settle();
    await Promise.all([...asked, last]);
    assert.deepEqual(bed.engine.unmounted, []);
  });
});

describe('a subscriber', () => {
  it('is sent the state at once and every second, and what happened in between, once', async () => {
    const bed = new ControlBed();
    bed.engine.state = { ...quiet, alerts: [{ ...alert, id: 'VRA0001', raised: 1 }] };
    const snapshots: LabSnapshot[] = [];
    const events: EngineEvent[] = [];
    const client = bed.client({
      snapshot: (snapshot) => snapshots.push(snapshot),
      event: (event) => events.push(event),
    });
    await bed.settle();
    const subscribed = client.ask({ kind: 'subscribe', snapshots: true, events: true });
    await bed.settle();
    await subscribed;
    assert.equal(snapshots.length, 1);
    bed.engine.state = { ...quiet, now: 6000, alerts: [...bed.engine.state.alerts, alert] };
    await bed.settle(5000);
    assert.equal(snapshots.length, 6);
    assert.equal(snapshots.at(-1)?.now, 6000);
    assert.deepEqual(
      events.map(({ kind, subject }) => [kind, subject]),
      [['alert-raised', 'shop']],
    );
    const over = client.ask({ kind: 'subscribe', snapshots: false, events: false });
    await bed.settle();
    await over;
    await bed.settle(10_000);
    assert.equal(snapshots.length, 6);
    assert.equal(bed.clock.waiting, 0, 'nobody looks on, so nothing is done');
  });

  it('is owed the newest state while it does not keep up, not all of them', async () => {
    const bed = new ControlBed();
    const client = bed.raw();
    client.hello();
    client.send({
      type: 'ask',
      id: 1,
      question: { kind: 'subscribe', snapshots: true, events: false },
    });
    const before = client.heard.length;
    client.served.isStuck = true;
    for (let second = 1; second <= 60; second++) {
      bed.engine.state = { ...quiet, now: second };
      await bed.settle(second * 1000);
    }
    client.served.isStuck = false;
    client.served.flush();
    await bed.settle();
    const heard = client.heard.slice(before).map((each) => (each['snapshot'] as LabSnapshot).now);
    assert.deepEqual(heard, [1, 60]);
  });

  it('that reads nothing is dropped before it costs more memory than it may', async () => {
    const bed = new ControlBed();
    bed.engine.state = {
      ...quiet,
      alerts: Array.from({ length: 2000 }, () => ({ ...alert, message: 'x'.repeat(1000) })),
    };
    const client = bed.raw();
    const other = bed.raw();
    client.hello();
    other.hello();
    client.served.isStuck = true;
    let most = 0;
    for (let id = 0; id < 50 && !client.closed; id++) {
      client.send({ type: 'ask', id, question: { kind: 'snapshot' } });
      most = Math.max(most, client.served.backlog);
    }
    assert.ok(most > limits.queuedBytes && most < limits.queuedBytes + 4_000_000, String(most));
    await bed.settle(bed.clock.now + 2000);
    assert.ok(client.closed);
    assert.match(bed.engine.reports.join(), /raw left: More than 16 MiB wait for this client/);
    other.send({ type: 'ask', id: 1, question: { kind: 'engine' } });
    assert.equal(other.last?.['type'], 'answer');
  });

  it('does not end the engine when the state cannot be shown', async () => {
    const bed = new ControlBed();
    const client = bed.raw();
    client.hello();
    client.send({
      type: 'ask',
      id: 1,
      question: { kind: 'subscribe', snapshots: true, events: true },
    });
    bed.engine.snapshot = () => {
      throw new Error('no core');
    };
    await bed.settle(3000);
    assert.match(bed.engine.reports.join(), /no snapshot could be sent: no core/);
    assert.ok(!client.closed);
  });
});

describe('an engine that ends', () => {
  it('says so to every client, and is not asked any more', async () => {
    const bed = new ControlBed();
    const told: (string | undefined)[] = [];
    const clients = [1, 2].map(() => bed.client({ disconnected: ({ code }) => told.push(code) }));
    await bed.settle();
    bed.server.stop();
    await bed.settle();
    assert.deepEqual(told, ['stopping', 'stopping']);
    for (const client of clients)
      await assert.rejects(client.ask({ kind: 'engine' }), DisconnectedError);
    assert.equal(bed.server.connections, 0);
    bed.clock.run(10_000);
    assert.equal(bed.clock.waiting, 0);
  });
});
