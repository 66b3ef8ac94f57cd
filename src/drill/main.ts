/** Entry of the process that runs drills for the window. It ends with its last run or its parent. */
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DrillEvent, DrillRequest } from './protocol.ts';
import { runFile } from './run-file.ts';
import { traceFilesBelow, type Disk } from './trace-files.ts';

const disk: Disk = {
  realUri: (uri) => pathToFileURL(realpathSync(fileURLToPath(uri))).href,
  readText: (uri) => readFileSync(fileURLToPath(uri), 'utf8'),
};

let cancelled = false;

function send(event: DrillEvent): Promise<void> {
  return new Promise((resolve) => {
    if (process.send)
      process.send(event, () => {
        resolve();
      });
    else resolve();
  });
}

async function run(request: Extract<DrillRequest, { type: 'run' }>): Promise<void> {
  for (const event of runFile(request, traceFilesBelow(request.uri, disk))) {
    await send(event);
    // Lets a cancellation in, which arrives as a message of its own.
    await new Promise((resolve) => setImmediate(resolve));
    if (cancelled) break;
  }
  await send({ type: 'ended', cancelled });
}

process.on('message', (request: DrillRequest) => {
  if (request.type === 'cancel') {
    cancelled = true;
    return;
  }
  run(request).catch(async (error: unknown) => {
    await send({
      type: 'crashed',
      message: error instanceof Error ? (error.stack ?? '') : String(error),
    });
    await send({ type: 'ended', cancelled });
  });
});
// A window that is gone leaves nobody to tell.
process.on('disconnect', () => {
  process.exit(0);
});
