/**
 * That the journal of a stream has become disks, written down beside the journal: a VRA that is deployed anew
 * has nothing but the datastore to know it by. The mark names the task, so that it is never taken for that of
 * a later life of the same stream.
 */
import { bytesPayload } from '../world/payloads.ts';
import type { World } from '../world/world.ts';

function pathOf(journalFolder: string): string {
  return `${journalFolder}.promoted`;
}

/** `problem`: it is not durable. */
export function markPromoted(
  { storage }: World,
  journalFolder: string,
  task: string,
  done: (problem: string | undefined) => void,
): void {
  const path = pathOf(journalFolder);
  storage.open(path, { create: true, writeThrough: true }, (unopened, file) => {
    if (!file) {
      done(unopened?.message ?? `${path} cannot be opened`);
      return;
    }
    const text = new TextEncoder().encode(task);
    const finish = (problem: string | undefined): void => {
      file.close();
      done(problem);
    };
    file.truncate(text.length, (uncut) => {
      if (uncut) {
        finish(uncut.message);
        return;
      }
      file.write(0, [bytesPayload(text)], (unwritten) => {
        if (unwritten) {
          finish(unwritten.message);
          return;
        }
        storage.syncFolder(path.slice(0, path.lastIndexOf('/')), (unlisted) => {
          finish(unlisted?.message);
        });
      });
    });
  });
}

/** Whether the mark of this very task is there; one that cannot be read is not. */
export function isMarkedPromoted(
  { storage }: World,
  journalFolder: string,
  task: string,
  done: (marked: boolean) => void,
): void {
  storage.open(pathOf(journalFolder), { create: false }, (_unopened, file) => {
    if (!file) {
      done(false);
      return;
    }
    file.read(0, file.size(), (_unread, payload) => {
      file.close();
      done(payload !== undefined && new TextDecoder().decode(payload.bytes()) === task);
    });
  });
}
