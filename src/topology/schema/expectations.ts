/** What a drill expects, at one of its steps or at its end. */
import type { z } from 'zod';
import { choice, flag, text, whole } from './leaf.ts';
import { duration, offset } from './quantity.ts';
import { eitherOf, listOf, mapOf, section } from './section.ts';

const markers = (description: string) =>
  listOf('a list of markers', description, text('the name of a write', 'The `name` of a write.'));

const alertIds = (description: string) =>
  listOf(
    'a list of alerts',
    description,
    text('an alert such as ZVM0003', 'An alert by its Zerto identifier.', ['ZVM0003']),
  ).optional();

const alerts = section('the alerts', 'Which alerts are expected.', {
  raised: alertIds('Alerts that have been raised by now.'),
  cleared: alertIds('Alerts that have been raised and cleared by now.'),
  never: alertIds('Alerts that have never been raised.'),
});

const time = (description: string) =>
  eitherOf('a time offset, or { at, within }', description, [
    offset("Offset from the drill's start; may be 5s off either way."),
    section('a time', 'A time offset with its tolerance.', {
      at: offset("Offset from the drill's start."),
      within: duration('How far it may be off, either way.', ['10s']),
    }),
  ]).optional();

const gap = section('a gap', 'A stretch without checkpoints.', {
  from: offset('Time of the last checkpoint before it.'),
  to: offset(
    'Time of the first checkpoint after it; left out where the gap is still open.',
  ).optional(),
  within: duration('How far both ends may be off, either way. 10s unless given.', ['10s']).prefault(
    '10s',
  ),
  cause: choice(
    [
      'zvm-down',
      'zvms-disconnected',
      'vra-down',
      'link-down',
      'bitmap-sync',
      'delta-sync',
      'initial-sync',
      'paused',
      'journal-storage',
    ],
    'Why there are no checkpoints.',
  ).optional(),
});

const counted = { min: 0, max: Number.MAX_SAFE_INTEGER };

const vpg = section('the expectations of a VPG', 'What is expected of this VPG.', {
  status: text('a status such as MeetingSLA', "Its status, in Zerto's words.", [
    'MeetingSLA',
  ]).optional(),
  subStatus: text('a sub-status such as BitmapSync', "Its sub-status, in Zerto's words.", [
    'BitmapSync',
  ]).optional(),
  health: choice(['ok', 'warning', 'error'], 'Its health.').optional(),
  replicating: flag('Whether writes still reach the recovery site.').optional(),
  rpo: eitherOf('not-measured, or { atMost }', 'Its actual RPO.', [
    choice(['not-measured'], 'No RPO can be told, since no checkpoints are made.'),
    section('an RPO', 'A measured RPO.', { atMost: duration('The most it may be.', ['10s']) }),
  ]).optional(),
  history: section('a history', 'The age of its oldest recoverable checkpoint.', {
    atLeast: duration('The least.', ['3h55m']).optional(),
    atMost: duration('The most.', ['4h']).optional(),
  }).optional(),
  checkpoints: section('the checkpoints', 'Its recoverable checkpoints.', {
    atLeast: whole(counted, 'How many there are at least.').optional(),
    atMost: whole(counted, 'How many there are at most.').optional(),
    oldest: time('Time of the oldest one.'),
    newest: time('Time of the newest one.'),
  }).optional(),
  gaps: listOf('the gaps', 'All gaps in the journal history, and no others.', gap).optional(),
  noGaps: flag('Whether the journal history has no gap at all.').optional(),
});

export const expectationsSchema = section('expectations', 'What is expected at this moment.', {
  result: choice(
    ['success', 'incomplete', 'refused'],
    'How the operation of this step ended.',
  ).optional(),
  reason: text('a part of the reason', 'What the reason of a refusal contains.').optional(),
  contains: markers('Writes that the recovered disks hold.').optional(),
  missing: markers('Writes that the recovered disks do not hold.').optional(),
  alerts: alerts.optional(),
  vpgs: mapOf('the VPGs', 'What is expected of VPGs, by name.', vpg).prefault({}),
});

export type ExpectationsFile = z.output<typeof expectationsSchema>;
