import type { Instant } from '../world/world.ts';

const day = 86_400_000;

/** A time of day by the ZVM's clock, such as `02:10:05`. */
export function timeOfDay(instant: Instant): string {
  const seconds = Math.floor((((instant % day) + day) % day) / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
