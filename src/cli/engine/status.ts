/** `tidemark status`: sites, VPGs and disks of a running engine. */
import type { LabSnapshot, SiteSnapshot, Task, VpgSnapshot } from '../../engine/api.ts';
import type { EngineInfo, ServedDisk, ServedImage } from '../../engine/control/questions.ts';
import { textTable } from '../../report/table.ts';
import { formatPercent, formatRate, formatSize } from '../../topology/quantities.ts';
import { oneOf, readOptions } from '../options.ts';
import { exitStatus, type ExitStatus, type Shell } from '../shell.ts';
import { styleFor, type Style } from '../style.ts';
import { noOperands, withEngine } from './access.ts';
import { iso, isoOrNull, roughly, seconds, secondsOrNull } from './words.ts';

export const statusUsage = 'tidemark status [--state DIR] [--format text|json]';

interface Status {
  readonly engine: EngineInfo;
  readonly snapshot: LabSnapshot;
  readonly disks: readonly ServedDisk[];
  readonly images: readonly ServedImage[];
}

export async function statusCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const { operands, values } = readOptions(args, ['state', 'format']);
  noOperands('status', operands);
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  const status = await withEngine(shell, values.state, async (client): Promise<Status> => {
    const [engine, snapshot, disks, images] = await Promise.all([
      client.ask({ kind: 'engine' }),
      client.ask({ kind: 'snapshot' }),
      client.ask({ kind: 'disks' }),
      client.ask({ kind: 'images' }),
    ]);
    return { engine, snapshot, disks, images };
  });
  shell.print(
    format === 'json'
      ? `${JSON.stringify(statusData(status), undefined, 2)}\n`
      : statusText(status, styleFor(shell.colours)),
  );
  const wrong = status.snapshot.vpgs.some(({ health }) => health === 'error');
  return wrong ? exitStatus.wrong : exitStatus.fine;
}

function statusText({ engine, snapshot, disks, images }: Status, style: Style): string {
  const since = iso(engine.started);
  const head = `${style.bold(engine.topology)}, process ${engine.pid} since ${since}\n`;
  const tables = [
    textTable(
      ['VPG', 'from', 'to', 'status', 'sub-status', 'RPO', 'checkpoints', 'history', 'journal'],
      snapshot.vpgs.map(vpgRow),
      ['checkpoints', 'journal'],
    ),
    textTable(['site', 'ZVM', 'connected to'], snapshot.sites.map(siteRow)),
    textTable(
      ['VRA', 'up', 'sends', 'receives', 'writes'],
      snapshot.sites.flatMap(({ vras }) =>
        vras.map(({ name, up, transmit, receive, diskWrite }) => [
          name,
          up ? 'up' : 'down',
          formatRate(transmit),
          formatRate(receive),
          formatRate(diskWrite),
        ]),
      ),
      ['sends', 'receives', 'writes'],
    ),
    ...(snapshot.tasks.length === 0
      ? []
      : [textTable(['task', 'VPG', 'progress'], snapshot.tasks.map(taskRow), ['progress'])]),
    textTable(
      ['disk', 'size', 'NBD'],
      [...disks, ...images].map(({ disk, size, uri }) => [disk, formatSize(size), uri]),
      ['size'],
    ),
  ];
  return `${head}\n${tables.join('\n')}`;
}

function vpgRow(vpg: VpgSnapshot): string[] {
  const { name, from, to, status, subStatus, rpo, checkpoints, history, journalBytes } = vpg;
  const measured = rpo === undefined ? 'not measured' : roughly(rpo);
  return [
    name,
    from,
    to,
    status,
    subStatus,
    measured,
    String(checkpoints.count),
    roughly(history),
    formatSize(journalBytes),
  ];
}

function taskRow({ what, vpg, progress }: Task): string[] {
  if (!progress) return [what, vpg, '–'];
  const { done, total } = progress;
  const share = total > 0 ? formatPercent(Math.floor((done / total) * 100) / 100) : '100%';
  return [what, vpg, `${share} of ${formatSize(total)}`];
}

function siteRow({ name, zvmUp, connectedTo }: SiteSnapshot): string[] {
  return [name, zvmUp ? 'up' : 'down', connectedTo.length === 0 ? '–' : connectedTo.join(', ')];
}

function statusData({ engine, snapshot, disks, images }: Status): object {
  return {
    engine: { ...engine, started: iso(engine.started) },
    now: iso(snapshot.now),
    vpgs: snapshot.vpgs.map((vpg) => ({
      name: vpg.name,
      from: vpg.from,
      to: vpg.to,
      vms: vpg.vms,
      status: vpg.status,
      subStatus: vpg.subStatus,
      health: vpg.health,
      replicating: vpg.replicating,
      rpo: secondsOrNull(vpg.rpo),
      lastCheckpointAge: secondsOrNull(vpg.lastCheckpointAge),
      history: seconds(vpg.history),
      coveredHistory: seconds(vpg.coveredHistory),
      configuredHistory: seconds(vpg.configuredHistory),
      checkpoints: {
        count: vpg.checkpoints.count,
        oldest: isoOrNull(vpg.checkpoints.oldest),
        newest: isoOrNull(vpg.checkpoints.newest),
      },
      testing: vpg.testing,
      journalBytes: vpg.journalBytes,
      journals: vpg.journals,
    })),
    sites: snapshot.sites,
    tasks: snapshot.tasks,
    outages: snapshot.outages
      .filter(({ to }) => to === undefined)
      .map(({ component, kind, from }) => ({ component, kind, from: iso(from) })),
    disks,
    images,
  };
}
