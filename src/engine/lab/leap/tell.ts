/** Tells whoever watches a universe what a leap brought, as if it had been seen. */
import { syntheticPayload } from '../../world/payloads.ts';
import type { Observer } from '../../world/simulated/harm.ts';
import type { LeaptStream, WrittenDisks } from './stretch.ts';

/** Everything in the order in which it happened to a machine. */
export function tell(
  observer: Observer,
  disks: WrittenDisks,
  streams: readonly LeaptStream[],
): void {
  const { host, paths } = disks;
  const told = disks.writes.copy();
  const tellUpTo = (time: number): void => {
    while (told.nextAt <= time && told.next()) {
      for (let index = 0; index < told.count; index++) {
        const payload = syntheticPayload(told.contents[index] ?? 0, told.lengths[index] ?? 0);
        const [path = '', offset = 0] = [paths[told.disks[index] ?? 0], told.offsets[index]];
        observer.leaptWrite?.(`host ${host}`, path, offset, payload, told.at);
      }
    }
  };
  const cuts = streams
    .filter((stream) => stream.disks === disks)
    .flatMap(({ vpg, quiet }) =>
      quiet.cuts().map((cut) => ({ ...cut, vpg, stream: quiet.framing.stream })),
    );
  cuts.sort((a, b) => a.at - b.at);
  for (const { at, vpg, stream, checkpoint } of cuts) {
    tellUpTo(at);
    observer.leaptMarker?.(`vra ${host}`, vpg, stream, checkpoint, at);
  }
  tellUpTo(Infinity);
}
