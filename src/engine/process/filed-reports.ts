/** The recovery reports that lie in a state folder, read by whoever wants to show them: its engine need not run. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hasCode } from './error-codes.ts';

export interface FiledReport {
  /** Of the operation. */
  readonly id: string;
  readonly verb: string;
  readonly vpg: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly result: string;
  readonly outcome: string | undefined;
  /** Paths. */
  readonly markdown: string;
  readonly json: string;
}

/** Only what a list needs: what else is in a report is for its readers. */
const reportSchema = z.looseObject({
  id: z.string(),
  verb: z.string(),
  vpg: z.string(),
  at: z.iso.datetime(),
  result: z.string(),
  outcome: z.string().nullable(),
});

/** Reports that a list shows; older ones are found in the folder. */
const mostReports = 500;
/** Bytes. A report has a few thousand; whatever is larger was put there by somebody else. */
const largestReport = 4 * 1024 * 1024;

/** Absolute path of the folder in which an engine files its reports. */
export function reportsFolderOf(stateFolder: string): string {
  return join(stateFolder, 'reports');
}

/** The newest first, 500 at most. What is no report is left out; a folder that is not there has none. */
export async function filedReports(stateFolder: string): Promise<readonly FiledReport[]> {
  const folder = reportsFolderOf(stateFolder);
  const names = await namesIn(folder);
  const newest = names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse()
    .slice(0, mostReports);
  const found: FiledReport[] = [];
  for (const name of newest) {
    const json = join(folder, name);
    const data = await readFiled(json);
    if (!data) continue;
    const { id, verb, vpg, at, result, outcome } = data;
    const markdown = json.replace(/\.json$/, '.md');
    const time = Date.parse(at);
    found.push({ id, verb, vpg, at: time, result, outcome: outcome ?? undefined, markdown, json });
  }
  return found;
}

/** What stands in a file; undefined where that is no report. Absent files have none. */
export async function readFiled(
  path: string,
): Promise<(z.infer<typeof reportSchema> & Record<string, unknown>) | undefined> {
  try {
    if ((await stat(path)).size > largestReport) return undefined;
    return reportSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Files alone: a link may lead anywhere. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}
