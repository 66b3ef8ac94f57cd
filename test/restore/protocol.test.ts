import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { readState } from '../../src/restore/protocol.ts';

const waiting = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ awaitAnswer }) => {
  const state = new Int32Array(workerData.control);
  parentPort.postMessage('waits');
  awaitAnswer(state);
  parentPort.postMessage(Atomics.load(state, 0));
});
`;

describe('a question of the worker', () => {
  it('waits for its own answer, and not for the wake-up of the one before', async () => {
    const control = new SharedArrayBuffer(8);
    const state = new Int32Array(control);
    Atomics.store(state, 0, readState.asked);
    const module = new URL('../../src/restore/protocol.ts', import.meta.url).href;
    const worker = new Worker(waiting, { eval: true, workerData: { control, module } });
    const heard: unknown[] = [];
    worker.on('message', (message) => heard.push(message));
    await once(worker, 'message');
    // It is there when somebody could be woken.
    while (Atomics.notify(state, 0) === 0) await new Promise((look) => setTimeout(look, 1));
    await new Promise((look) => setTimeout(look, 50));
    assert.deepEqual(heard, ['waits']);
    Atomics.store(state, 0, readState.answered);
    Atomics.notify(state, 0);
    await once(worker, 'exit');
    assert.deepEqual(heard, ['waits', readState.answered]);
  });
});
