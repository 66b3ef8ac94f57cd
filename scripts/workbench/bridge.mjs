// @ts-check
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { stripVTControlCharacters } from 'node:util';

/**
 * The way from a test in the extension host to whoever runs the suite: one JSON request, one answer,
 * on the loopback only and behind a token that nobody else knows.
 *
 * @typedef {(request: any) => Promise<unknown>} Handler
 * @param {Record<string, Handler>} handlers by the name in `do`
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function openBridge(handlers) {
  const token = randomBytes(16).toString('hex');
  const server = createServer(async (incoming, outgoing) => {
    /**
     * @param {number} status
     * @param {object} body
     */
    const answer = (status, body) => {
      outgoing.writeHead(status, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify(body));
    };
    if (incoming.method !== 'POST' || incoming.url !== `/${token}`) {
      answer(404, { error: 'There is nothing here.' });
      return;
    }
    try {
      let text = '';
      for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
      const request = JSON.parse(text);
      const handler = Object.hasOwn(handlers, request.do) ? handlers[request.do] : undefined;
      if (handler === undefined) throw new Error(`The bridge knows no request "${request.do}".`);
      answer(200, { value: (await handler(request)) ?? null });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      answer(500, { error: stripVTControlCharacters(message) });
    }
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The bridge has no port.');
  return {
    url: `http://127.0.0.1:${address.port}/${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
