/** Times of a running lab, as people at this machine read them. */

const day = 86_400_000;

/** `14:03:05`, with the date before it where that is not the day of `now`. Local time. */
export function clockTime(time: number, now: number): string {
  const at = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const text = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const isToday = Math.abs(now - time) < day && at.getDate() === new Date(now).getDate();
  if (isToday) return text;
  return `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${text}`;
}

const written = /^(?:(\d{4})-(\d\d)-(\d\d)[ T])?(\d\d):(\d\d)(?::(\d\d))?$/;

/**
 * What a person types: `14:03`, `14:03:05` (the last time that the clock showed it) or the same behind a date.
 * Local time, in milliseconds since 1970; undefined for what is no time.
 */
export function readClockTime(text: string, now: number): number | undefined {
  const parts = written.exec(text.trim());
  if (!parts) return undefined;
  const [, year, month, date, hours, minutes, seconds] = parts;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return undefined;
  const at = new Date(now);
  if (year !== undefined) {
    at.setFullYear(Number(year), Number(month) - 1, Number(date));
    // The 31st of June rolls on into July.
    if (at.getMonth() !== Number(month) - 1 || at.getDate() !== Number(date)) return undefined;
  }
  at.setHours(Number(hours), Number(minutes), Number(seconds ?? 0), 999);
  if (year === undefined && at.getTime() - 999 > now) at.setDate(at.getDate() - 1);
  return at.getTime();
}
