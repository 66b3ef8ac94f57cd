/**
 * Where the engine of a topology keeps its state, and how it is reached there. Loaded when there may be one: the
 * schemas of what an engine says are most of what this window has to read.
 */
import './no-eval.ts';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  ControlClient,
  DisconnectedError,
  type ClientOptions,
} from '../../engine/control/control-client.ts';
import type { EngineInfo } from '../../engine/control/questions.ts';
import { publishedEndpoint } from '../../engine/process/endpoint.ts';
import { filedReports, type FiledReport } from '../../engine/process/filed-reports.ts';
import { ownerOf, stateFolderOf } from '../../engine/process/state-folder.ts';
import { version } from '../../engine/version.ts';
import { createNodeStreams } from '../../engine/world/node/streams.ts';

/** How long an engine may take to say hello, in milliseconds. */
const helloTime = 10_000;

export interface Reached {
  readonly client: ControlClient;
  readonly engine: EngineInfo;
}

/**
 * The folder beside a topology. Where that is another topology's (a folder of examples has several), one that is
 * called after the file.
 */
export async function engineFolderOf(topologyFile: string): Promise<string> {
  const usual = stateFolderOf(topologyFile);
  const owner = await ownerOf(usual);
  if (owner === undefined || !existsSync(owner)) return usual;
  if (await isSame(owner, topologyFile)) return usual;
  const name = basename(topologyFile).replace(/\.dr\.ya?ml$/, '');
  return join(dirname(usual), `.tidemark-${name}`);
}

/** The recovery reports that the engine of a topology has filed, the newest first. It need not run. */
export async function filedReportsOf(topologyFile: string): Promise<readonly FiledReport[]> {
  return filedReports(await engineFolderOf(topologyFile));
}

/** The engine that runs for a topology; undefined where none does. */
export async function reachEngine(
  topologyFile: string,
  options: Omit<ClientOptions, 'client'>,
): Promise<Reached | undefined> {
  const endpoint = await publishedEndpoint(await engineFolderOf(topologyFile));
  if (!endpoint) return undefined;
  const streams = createNodeStreams();
  const address = { kind: 'unix', path: endpoint.control } as const;
  const client = new ControlClient((handler) => streams.connect(address, handler), {
    ...options,
    client: `the editor, Tidemark ${version}, process ${String(process.pid)}`,
  });
  const patience = setTimeout(() => {
    client.close();
  }, helloTime);
  try {
    return { client, engine: await client.hello() };
  } catch (error) {
    // Only a published endpoint remains of an engine that was killed.
    if (error instanceof DisconnectedError && error.code === undefined) return undefined;
    throw error;
  } finally {
    clearTimeout(patience);
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  const [a, b] = await Promise.all([one, other].map((path) => realpath(path).catch(() => path)));
  return a === b;
}
