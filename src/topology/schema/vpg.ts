/** A Virtual Protection Group. */
import type { z } from 'zod';
import {
  defaultTestInterval,
  leastTestInterval,
  maxHistory,
  maxRpo,
  minHardLimit,
  minHistory,
  minRpo,
  mostTestInterval,
} from '../limits.ts';
import { formatDuration, formatSize } from '../quantities.ts';
import { interfaceAddressOrDhcp, ipv4 } from './address.ts';
import { choice, flag, text, whole } from './leaf.ts';
import { nameOf } from './names.ts';
import { nbdUri } from './nbd-uri.ts';
import { duration, limit, positiveDuration, sizeOrPercent } from './quantity.ts';
import { listOf, mapOf, section } from './section.ts';
import { sourced } from './sourced.ts';

const recoveryNic = (description: string) =>
  section('a recovered NIC', description, {
    network: nameOf('network', 'The network of the recovery site that the NIC is connected to.'),
    address: interfaceAddressOrDhcp(
      'The address that the recovered VM gets, with the prefix, or `dhcp`. As it was unless given.',
    ).optional(),
    gateway: ipv4('The default gateway that the recovered VM gets.').optional(),
  });

const nicMapping = section('a NIC of a protected VM', 'What becomes of this NIC in a recovery.', {
  failover: recoveryNic('Where it goes in a failover or a move.').optional(),
  test: recoveryNic('Where it goes in a failover test: into a network of its own.').optional(),
});

const replica = section('a replica disk', 'Where the replica of this disk is kept.', {
  nbd: nbdUri(
    "An NBD target of the disk's size that is the replica: all that it holds is overwritten. Its socket is relative to the file.",
  ),
});

const protectedVm = section('a protected VM', 'How this VM of the protected site is recovered.', {
  recoveryHost: nameOf('host', 'The host of the recovery site that it is recovered on.'),
  datastore: nameOf('datastore', 'The datastore of the recovery site for its replica disks.'),
  bootGroup: whole(
    { min: 1, max: 1000 },
    'The boot group that it starts with; `boot.order` says when.',
    [1],
  ).optional(),
  preseed: listOf(
    'a list of disks',
    'Disks of which a copy lies in the recovery site already: the first synchronization compares.',
    nameOf('disk', 'A disk of the VM.'),
  ).optional(),
  replicas: mapOf(
    'the replica disks',
    'Replica disks that do not lie in the datastore, by the name of the disk.',
    replica,
  ).prefault({}),
  nics: mapOf('the NICs', 'What becomes of its NICs, by the name of the NIC.', nicMapping).prefault(
    {},
  ),
});

const journal = section('a journal', 'How far back the VPG can be recovered.', {
  history: sourced(
    duration('How long checkpoints are kept, 1h to 30d. 24h unless given.', [
      '4h',
      '24h',
      '7d',
    ]).prefault('24h'),
    {
      least: formatDuration(minHistory),
      most: formatDuration(maxHistory),
      source: "the product's documentation of the journal settings; the default is that of its API",
      rule: 'journal/history-range',
    },
  ),
  hardLimit: sourced(
    limit(
      'The most that the journal of one VM takes, at least 8GiB, or `unlimited`. 150GiB unless given.',
    ).prefault('150GiB'),
    {
      least: formatSize(minHardLimit),
      source:
        "the product's documentation of the journal settings (10GB on Azure); its default is 153600 MB",
      rule: 'journal/hard-limit',
    },
  ),
  warning: sourced(
    sizeOrPercent(
      'The fill at which an alert is raised: a size, or a share of the hard limit. 75% unless given.',
    ).prefault('75%'),
    {
      source: "the product's defaults, 115200 MB of 153600 MB",
      rule: 'journal/warning-threshold',
    },
  ),
  datastore: nameOf(
    'datastore',
    "The datastore of the recovery site for the journals. Each VM's own unless given.",
  ).optional(),
});

const scratch = section('the scratch space', 'Where failover tests write.', {
  hardLimit: sourced(
    limit('The most that one VM takes, or `unlimited`. 300GiB unless given.').prefault('300GiB'),
    { source: 'the 307200 MB of an exported VPG that was left as it was created' },
  ),
  warning: sourced(
    sizeOrPercent(
      'The fill at which an alert is raised: a size, or a share of the hard limit. 75% unless given.',
    ).prefault('75%'),
    { source: "the product's defaults, 230400 MB of 307200 MB" },
  ),
});

const boot = section('the boot order', 'In which order the recovered VMs start.', {
  order: listOf(
    'a list of boot groups',
    'The boot groups, the first to start first.',
    whole({ min: 1, max: 1000 }, 'A boot group.', [1]),
  ),
  delay: duration('How long to wait between two groups. 0 unless given.', ['30s']).prefault(0),
});

const script = (description: string, timeout = '5m') =>
  section('a script', description, {
    command: text('a command', 'What is run.', ['./scripts/quiesce.sh']),
    timeout: positiveDuration(`How long it may take. ${timeout} unless given.`, [timeout]).prefault(
      timeout,
    ),
    takes: duration('In a drill, where nothing is executed: how long it takes. 0 unless given.', [
      '30s',
    ]).prefault(0),
    exit: whole(
      { min: 0, max: 255 },
      'In a drill, where nothing is executed: its exit status; 0 is a success. 0 unless given.',
      [1],
    ).prefault(0),
  });

const scripts = section(
  'the scripts',
  'What is run around a recovery, and around an application-consistent checkpoint.',
  {
    pre: script('Run before the recovery begins.').optional(),
    post: script('Run when the recovered VMs are up.').optional(),
    freeze: script(
      'Brings the applications to a consistent state on their disks and keeps them still.',
      '60s',
    ).optional(),
    thaw: script(
      'Lets the applications go on, whatever became of the checkpoint.',
      '60s',
    ).optional(),
  },
  (keys) => {
    const [only] = keys.filter((key) => key === 'freeze' || key === 'thaw');
    if (only === undefined || (keys.includes('freeze') && keys.includes('thaw'))) return undefined;
    const message =
      only === 'freeze'
        ? 'A freeze needs a thaw: without it the applications stand still for good.'
        : 'A thaw needs a freeze, which it ends.';
    return { message, key: only };
  },
);

const commit = section('the commit policy', 'What becomes of a failover that nobody decides on.', {
  policy: choice(
    ['none', 'commit', 'rollback'],
    'What happens at the timeout: nothing, a commit, or a rollback. none unless given.',
  ).prefault('none'),
  timeout: sourced(
    duration('How long there is to decide. 60m unless given.', ['60m']).prefault('60m'),
    { source: "the product's default since version 6.0", rule: 'vpg/auto-commit' },
  ),
});

export const vpgSchema = section('a VPG', 'A Virtual Protection Group.', {
  from: nameOf('site', 'The protected site.'),
  to: nameOf('site', 'The recovery site.'),
  vms: mapOf('the protected VMs', 'The VMs of the protected site, by name.', protectedVm).prefault(
    {},
  ),
  rpo: sourced(
    duration('The recovery point objective: above it, an alert is raised. 5m unless given.', [
      '5m',
    ]).prefault('5m'),
    {
      least: formatDuration(minRpo),
      most: formatDuration(maxRpo),
      source:
        "what the vendor's PowerShell module takes (60 s to 864200 s), and its default (300 s)",
      rule: 'vpg/rpo-range',
    },
  ),
  rto: positiveDuration(
    'The recovery time objective: what a recovery may take until all VMs run. Reports compare with it.',
    ['4h'],
  ).optional(),
  priority: choice(
    ['low', 'medium', 'high'],
    'Its share of the bandwidth where it is short. medium unless given.',
  ).prefault('medium'),
  compression: flag('Whether the VRA compresses what crosses the WAN. True unless given.').prefault(
    true,
  ),
  journal: journal.prefault({}),
  scratch: scratch.prefault({}),
  testEvery: sourced(
    duration('How often a failover test is due; 0 switches the reminder off.', ['180d']).optional(),
    {
      least: formatDuration(leastTestInterval),
      most: formatDuration(mostTestInterval),
      source:
        "less is never rehearsed and more is too late, as Tidemark sees it; the product's own default is " +
        formatDuration(defaultTestInterval),
      rule: 'vpg/test-interval-odd',
    },
  ),
  boot: boot.optional(),
  scripts: scripts.prefault({}),
  commit: commit.prefault({}),
  reverseProtection: flag(
    'Whether the VPG is protected in the other direction after a failover. False unless given.',
  ).prefault(false),
});

export type VpgFile = z.output<typeof vpgSchema>;
