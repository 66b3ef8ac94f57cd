/** A step of a drill: what is done, and what is expected at that moment. */
import { z } from 'zod';
import { expectationsSchema } from './expectations.ts';
import { fault, flag, choice, leaf, read, text, wrongType } from './leaf.ts';
import { componentPath, nameOf } from './names.ts';
import { duration, offset, percent, positiveDuration, rate, size, stepOffset } from './quantity.ts';
import { eitherOf, listOf, pairOf, section } from './section.ts';
import { mtu } from './site.ts';
import { offsetPattern, parseOffset } from '../quantities.ts';

const vmPath = () => nameOf('VM', 'A VM by its name, or as `Site/name`.', ['FS01']);
const vpgName = () => nameOf('VPG', 'The VPG that is meant.', ['file-server']);

export type CheckpointFile =
  | { readonly kind: 'latest' }
  | { readonly kind: 'oldest' }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'at'; readonly at: number };

const checkpointWord = leaf<CheckpointFile>(
  z.union([z.string().min(1), z.literal(0)]),
  {
    description: '`latest`, `oldest`, a tag, or a time offset: the newest one not after it.',
    examples: ['latest', 'oldest', '1h20m'],
  },
  {
    takes: 'latest, oldest, a tag or a time offset',
    read: (written) => {
      const { value, source } = written;
      if (value === 'latest' || value === 'oldest') return read({ kind: value });
      if (value === 0 || (typeof value === 'string' && offsetPattern.test(value))) {
        const at = value === 0 ? ({ ok: true, value: 0 } as const) : parseOffset(source);
        if (at.ok) return read({ kind: 'at', at: at.value });
        return fault('schema/bad-quantity', at.message, at.suggestions);
      }
      if (typeof value === 'string' && value !== '') return read({ kind: 'tag', tag: value });
      return wrongType(written, 'latest, oldest, a tag or a time offset');
    },
  },
);

const checkpointChoice = eitherOf(
  'latest, oldest, a tag, a time offset, or { before }',
  'Which checkpoint. latest unless given.',
  [
    checkpointWord,
    section(
      'a checkpoint',
      'A checkpoint by its time or its tag.',
      {
        before: offset('The newest one before this offset.', ['1h']).optional(),
        at: offset('The newest one not after this offset.', ['1h']).optional(),
        tag: text('a tag', 'The newest one with this tag.').optional(),
      },
      (keys) =>
        keys.length === 1
          ? undefined
          : { message: 'A checkpoint takes one of before, at and tag.', key: keys[1] },
    ),
  ],
);

const askedSite = () =>
  nameOf(
    'site',
    "The site whose ZVM is asked. The recovery site's, or the surviving one, unless given.",
  ).optional();

const plain = (called: string, description: string) =>
  section(called, description, { vpg: vpgName(), site: askedSite() }).optional();

const restored = { vpg: vpgName(), checkpoint: checkpointChoice.optional(), site: askedSite() };

const decision = {
  commitPolicy: choice(
    ['none', 'commit', 'rollback'],
    "What happens at the timeout. The VPG's own policy unless given.",
  ).optional(),
  commitTimeout: duration("How long there is to decide. The VPG's own unless given.", [
    '60m',
  ]).optional(),
  reverseProtection: flag("Whether to protect in reverse. The VPG's own unless given.").optional(),
  continueOnScriptFailure: flag(
    'Whether it goes on where the pre-recovery script fails. False unless given.',
  ).optional(),
};

const someVms = () =>
  listOf('a list of VMs', 'Only these VMs of the VPG. All unless given.', vmPath()).optional();

const recoveries = {
  createVpg: plain('a VPG', 'Creates a VPG of this file; its first synchronization follows.'),
  failoverTest: section('a failover test', 'Starts a failover test.', {
    ...restored,
    vms: someVms(),
  }).optional(),
  stopTest: section('the end of a failover test', 'Stops the failover test of a VPG.', {
    vpg: vpgName(),
    site: askedSite(),
    success: flag('Whether the test is recorded as passed. True unless given.').optional(),
    notes: text('a text', 'What is noted in the recovery report.').optional(),
  }).optional(),
  failover: section('a failover', 'Fails a VPG over.', {
    ...restored,
    ...decision,
    shutdown: choice(
      ['none', 'shutdown', 'force'],
      'What becomes of the protected VMs where they can be reached. none unless given.',
    ).optional(),
  }).optional(),
  commit: section('a commit', 'Commits a failover or a move.', {
    vpg: vpgName(),
    site: askedSite(),
    reverseProtection: decision.reverseProtection,
  }).optional(),
  rollback: plain('a rollback', 'Rolls a failover or a move back.'),
  move: section('a move', 'Moves a VPG: its source is drained, so it takes no checkpoint.', {
    vpg: vpgName(),
    site: askedSite(),
    ...decision,
    force: flag(
      'Whether VMs that do not shut down are powered off. False unless given.',
    ).optional(),
    keepSource: flag(
      "Whether the source VMs are kept, switched off. Always: the engine deletes nobody's disks, and refuses false.",
    ).optional(),
  }).optional(),
  clone: section('a clone', 'Copies the VMs of a VPG as they were at a checkpoint.', {
    ...restored,
    datastore: nameOf('datastore', 'Where the copies lie.').optional(),
    vms: someVms(),
  }).optional(),
  restoreFile: section('a file restore', 'Takes a file out of a checkpoint.', {
    ...restored,
    vm: vmPath().optional(),
    disk: nameOf('disk', 'The disk of the VM.').optional(),
    path: text('a path', 'The file: for now, the name of a `write`.'),
  }).optional(),
  reverseProtect: plain('a reverse protection', 'Protects a VPG in the other direction.'),
  forceSync: plain('a force sync', 'Compares the disks of both sides, and sends what differs.'),
  pause: plain('a pause', 'Pauses the replication of a VPG.'),
  resume: plain('a resumption', 'Resumes the replication of a VPG.'),
};

const actions = {
  powerOff: componentPath('Pulls the plug of a component: nobody is told.').optional(),
  powerOn: componentPath('Starts a component.').optional(),
  reboot: componentPath('Switches a component off and on; its boot time passes.').optional(),
  crash: componentPath(
    'Ends a component at once. It comes back by itself after its boot time.',
  ).optional(),
  cut: nameOf('link', 'Cuts a link.').optional(),
  heal: nameOf('link', 'Mends a link, and ends what `degrade` did to it.').optional(),
  degrade: section('a degradation', 'Makes a link worse.', {
    link: nameOf('link', 'The link.'),
    bandwidth: rate('What it carries from now on.', ['5Mbit/s']).optional(),
    latency: duration('The time that a packet takes one way, from now on.', ['80ms']).optional(),
    loss: percent('The share of packets that are lost from now on.', ['2%']).optional(),
    mtu: mtu('The largest packet from now on, in bytes.').optional(),
  }).optional(),
  write: section('a write', 'Extra load, and a marker that later steps can look for.', {
    vm: vmPath(),
    disk: nameOf('disk', 'The disk of the VM. Its last one unless given.').optional(),
    size: size('How much is written.', ['500MB']),
    name: text('a name', 'The marker that `contains` and `missing` look for.', [
      'fonts',
    ]).optional(),
    rate: rate('How fast it is written. 100 MB/s unless given.').optional(),
    test: nameOf(
      'VPG',
      'Into the VM of the running failover test of this VPG, instead of the protected VM.',
    ).optional(),
  }).optional(),
  fill: section('a filling datastore', 'Fills a datastore until this much is free.', {
    datastore: nameOf('datastore', 'A datastore by its name, or as `Site/name`.'),
    free: size('What is left free.', ['20GiB']),
  }).optional(),
  load: section('a load', "Takes a host's CPU, which the VRA's compression gives way to.", {
    host: nameOf('host', 'A host by its name, or as `Site/name`.'),
    cpu: percent('How much of the CPU is taken.', ['95%']),
    for: positiveDuration('How long.', ['10m']),
  }).optional(),
  snapshot: componentPath('What a backup product would do to a VRA: `Site/host/vra`.').optional(),
  redeploy: componentPath(
    'Deploys a VRA anew in place of one that has failed: `Site/host/vra`. The ZVM of its site is asked.',
  ).optional(),
  enterLicense: nameOf('site', "Enters the licence of a site's ZVM.").optional(),
  installVras: listOf(
    'a list of hosts',
    'Installs the VRAs of all these hosts; the ZVMs of their sites are asked.',
    nameOf('host', 'A host by its name, or as `Site/name`.'),
  ).optional(),
  pair: pairOf(
    'a pair of sites',
    'Pairs the ZVMs of two sites; that of the first is asked.',
    nameOf('site', 'A site.'),
  ).optional(),
  skewClock: section('a clock skew', "Sets the clocks of a site's components off.", {
    site: nameOf('site', 'The site.'),
    by: offset('How far they run ahead; behind where it is negative.', ['90s', '-90s']),
  }).optional(),
  checkpoint: section('a tagged checkpoint', 'Makes a checkpoint with a tag.', {
    vpg: vpgName(),
    tag: text('a tag', 'The tag.', ['before-upgrade']),
    application: flag(
      'Whether the freeze script of the VPG keeps the applications still meanwhile. False unless given.',
    ).optional(),
  }).optional(),
  ...recoveries,
};

/** Every verb of a drill step, in the order of the documentation. */
export const drillVerbs = Object.keys(actions) as (keyof typeof actions)[];

export const stepSchema = section(
  'a step',
  'A step of a drill: a time, at most one thing that is done, and what is expected.',
  {
    at: stepOffset("When, as an offset from the drill's start."),
    ...actions,
    expect: expectationsSchema.optional(),
  },
  (keys) => {
    const verbs = keys.filter((key) => Object.hasOwn(actions, key));
    const [first, second] = verbs;
    if (second !== undefined && first !== undefined) {
      return {
        message: `A step does one thing; ${first} stands here already. Give ${second} a step of its own.`,
        key: second,
      };
    }
    if (first === undefined && !keys.includes('expect')) {
      return { message: 'A step does something or expects something.', key: undefined };
    }
    return undefined;
  },
);

export type StepFile = z.output<typeof stepSchema>;
