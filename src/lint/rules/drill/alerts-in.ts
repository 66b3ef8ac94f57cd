/** The alerts that an expectation names, each with its place. */
import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import type { Expectations } from '../../../topology/model.ts';

export type AlertKey = 'raised' | 'cleared' | 'never';

export interface ExpectedAlert {
  readonly key: AlertKey;
  readonly id: string;
  readonly place: Place;
}

export function alertsIn({ alerts, place }: Expectations): readonly ExpectedAlert[] {
  return (['raised', 'cleared', 'never'] as const).flatMap((key) =>
    (alerts?.[key] ?? []).map((id, index) => ({
      key,
      id,
      place: within(place, 'alerts', key, index),
    })),
  );
}
