/** A drill: an outage rehearsed in virtual time. */
import type { z } from 'zod';
import { expectationsSchema } from './expectations.ts';
import { choice, prose, text } from './leaf.ts';
import { duration, positiveDuration } from './quantity.ts';
import { listOf, section } from './section.ts';
import { stepSchema } from './step.ts';

export const drillSchema = section('a drill', 'An outage, rehearsed in virtual time.', {
  describes: prose('What it rehearses, in a sentence.').optional(),
  facts: listOf(
    'a list of facts',
    'Ids of the facts or requirements that it proves.',
    text('an id', 'An id.', ['OUT-1']),
  ).prefault([]),
  duration: positiveDuration('How long it runs, in virtual time.', ['4h']),
  begin: choice(
    ['protected', 'new'],
    'With everything deployed, paired and in sync, or before the first synchronisation. protected unless given.',
  ).prefault('protected'),
  warmUp: duration('How long it runs before offset 0, to fill the journal. 0 unless given.', [
    '4h',
  ]).prefault(0),
  steps: listOf('the steps', 'What happens, and when.', stepSchema).prefault([]),
  expect: expectationsSchema.optional(),
});

export type DrillFile = z.output<typeof drillSchema>;
