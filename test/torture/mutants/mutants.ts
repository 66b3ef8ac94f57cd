/**
 * Mistakes that the engine must not make, each a change of one of its sources. The torture has to notice
 * every one of them: a check that nothing can fail proves nothing.
 */
export interface Change {
  /** Below `src/`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant extends Change {
  readonly name: string;
  /** What goes wrong with it. */
  readonly what: string;
  /** In another file: where two checks stand behind one another, a mistake in one of them breaks nothing. */
  readonly also?: Change;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'acknowledge-before-durable',
    what: 'a receiving VRA acknowledges a frame when it arrives, not when it is durable',
    file: 'engine/vra/receiver-core.ts',
    find: `    this.#effects.push({ kind: 'append', stream, journal, message });
`,
    replace: `    this.#effects.push({ kind: 'append', stream, journal, message });
    {
      const { frame } = message;
      const sequence = frame.firstSequence + frame.entries.length - 1;
      const ack = { kind: 'ack', stream: frame.stream, epoch: frame.epoch, sequence } as const;
      this.#effects.push({ kind: 'ack', peer: vra, message: ack });
    }
`,
  },
  {
    name: 'acknowledge-one-more',
    what: 'an acknowledgement names one entry more than the journal holds',
    file: 'engine/vra/receiver-core.ts',
    find: 'const sequence = frame.firstSequence + frame.entries.length - 1;',
    replace: 'const sequence = frame.firstSequence + frame.entries.length;',
  },
  {
    name: 'append-without-sync',
    what: 'journal segments are not written through, so what was acknowledged is lost with the power',
    file: 'engine/journal/segment-files.ts',
    find: '{ create, writeThrough: true }',
    replace: '{ create, writeThrough: false }',
  },
  {
    name: 'lost-watermark-sync',
    what: 'the watermark is not written through, so an older one counts after the power was lost',
    file: 'engine/journal/watermark-store.ts',
    find: '{ create: true, writeThrough: true }',
    replace: '{ create: true, writeThrough: false }',
  },
  {
    name: 'replica-without-sync',
    what: 'replica disks are not synced before the journal forgets what went to them',
    file: 'engine/journal/promotion.ts',
    find: `          tools.replica.sync((unsynced) => {
            done({ error: replicaFailure(unsynced), begun: true });
          });`,
    replace: '          done({ error: undefined, begun: true });',
  },
  {
    name: 'skip-checksum',
    what: 'data that fails its checksum is handed on',
    file: 'engine/journal/frame-codec.ts',
    find: 'return data.checksum() === frame.dataChecksum ? data : undefined;',
    replace: 'return data;',
    also: {
      file: 'engine/journal/frame-pieces.ts',
      find: 'stored.checksum() === this.#checksums[index]',
      replace: 'index >= 0',
    },
  },
  {
    name: 'barrier-without-hold',
    what: 'the hosts of a VPG place their markers without holding writes back',
    file: 'engine/zvm/cutter.ts',
    find: 'const hold = this.#senders.size > 1;',
    replace: 'const hold = false;',
  },
  {
    name: 'late-release-counts',
    what: 'a cut counts although a VRA let its guests go on before all had cut',
    file: 'engine/vra/checkpoint-cuts.ts',
    find: 'inTime: known && !cut.expired',
    replace: 'inTime: true',
  },
  {
    name: 'marker-before-its-data',
    what: 'a marker overtakes the writes that wait before it',
    file: 'engine/vra/outbox.ts',
    find: `    this.#waiting.push(entry);
    this.#nextSequence++;`,
    replace: `    const earlier: WaitingEntry[] = [];
    while (entry.kind === 'checkpoint') {
      const first = this.#waiting.shift();
      if (first === undefined) break;
      earlier.push(first);
    }
    this.#waiting.push(entry);
    for (const each of earlier) this.#waiting.push(each);
    this.#nextSequence++;`,
  },
  {
    name: 'promote-out-of-order',
    what: 'of two writes of a frame the older one ends up on the replica disk',
    file: 'engine/journal/promotion.ts',
    find: 'for (let at = entries.length - 1; at >= 0; at -= 1) {',
    replace: 'for (let at = 0; at < entries.length; at += 1) {',
  },
  {
    name: 'serve-what-was-promoted',
    what: 'an image is opened at a checkpoint that the replica disk has gone past',
    file: 'engine/journal/journal-core.ts',
    find: `if (place === undefined || comparePlaces(place, this.#front) < 0) {
      return`,
    replace: `if (place === undefined) {
      return`,
  },
  {
    name: 'image-ignores-newest',
    what: 'an image leaves out what the newest segment holds',
    file: 'engine/journal/overlay.ts',
    find: 'from(this.#segments.length - 1);',
    replace: 'from(this.#segments.length > 1 ? this.#segments.length - 2 : 0);',
  },
  {
    name: 'forget-the-bitmap',
    what: 'the driver forgets what a VRA had not seen acknowledged when it went away',
    file: 'engine/disk/stream-tracker.ts',
    find: 'unacknowledged.take(from, (disk, offset, length) => dirty[disk]?.mark(offset, length));',
    replace: 'unacknowledged.take(from, () => dirty);',
  },
  {
    name: 'overflow-forgets',
    what: 'an overflow of the send buffer marks nothing',
    file: 'engine/vra/sending-stream.ts',
    find: `    this.#driver?.drop(first);
`,
    replace: '',
  },
  {
    name: 'sync-end-too-early',
    what: 'a sync ends while blocks are still being read',
    file: 'engine/vra/sending-stream.ts',
    find: 'if (this.#unsettled === 0) this.#endSync(now);',
    replace: 'this.#endSync(now);',
  },
  {
    name: 'bitmap-for-everything',
    what: 'a stream whose driver lost its memory is brought up to date by the bitmap alone',
    file: 'engine/vra/sending-stream.ts',
    find: `          ? 'bitmap'
          : 'delta';`,
    replace: `          ? 'bitmap'
          : 'bitmap';`,
  },
  {
    name: 'epoch-not-raised',
    what: 'a stream starts afresh in the epoch that the journal knows',
    file: 'engine/vra/sending-stream.ts',
    find: 'this.outbox.begin(Math.max(message.epoch, this.outbox.epoch) + 1);',
    replace: 'this.outbox.begin(Math.max(1, message.epoch, this.outbox.epoch));',
  },
  {
    name: 'sealed-without-journals',
    what: 'a checkpoint is catalogued before every journal holds its marker',
    file: 'engine/zvm/pending.ts',
    find: 'if (!pending.sealed || pending.waiting.size > 0) return undefined;',
    replace: 'if (!pending.sealed) return undefined;',
  },
  {
    name: 'commit-without-merge',
    what: 'a commit leaves out what the recovered guest wrote',
    file: 'engine/vra/promotions.ts',
    find: 'image.merge((unmerged) => {',
    replace: '((done: (error: Error | undefined) => void) => { done(undefined); })((unmerged) => {',
  },
  {
    name: 'move-without-draining',
    what: 'a move takes the newest checkpoint that there is, and not one behind the last write',
    file: 'engine/zvm/operations/move.ts',
    find: `        drain(tools, run, () => {
          const tag = tagOf(run);
          openImages(tools, run, { kind: 'tag', tag }, (checkpoint) => {`,
    replace: `        run.after(0, () => {
          openImages(tools, run, { kind: 'latest' }, (checkpoint) => {`,
  },
  {
    name: 'reverse-from-the-wrong-side',
    what: 'after a commit the old side is taken for the protected one',
    file: 'engine/zvm/plan.ts',
    find: 'const direction = generation % 2 === 0 ? planned : (planned.reversed ?? planned);',
    replace: 'const direction = planned;',
  },
  {
    name: 'rollback-leaves-vms-off',
    what: 'a rollback does not start what was shut down for the recovery',
    file: 'engine/zvm/operations/commit.ts',
    find: 'startAgain(tools, run, life.shutDown, () => {',
    replace: 'startAgain(tools, run, [], () => {',
  },
  {
    name: 'activity-not-compared',
    what: 'what was active before a crash of the host is not compared after it',
    file: 'engine/disk/protected-machine.ts',
    find: 'tracker.suspect[disk]?.mark(offset, end - offset);',
    replace: '',
  },
  {
    name: 'rpo-of-the-last-try',
    what: 'the RPO begins anew with every tick, whether or not a checkpoint came of it',
    file: 'engine/zvm/supervision.ts',
    find: 'newest ? Math.max(0, now - newest.time) : undefined;',
    replace: 'newest ? Math.max(0, now - newest.time) % checkpointInterval : undefined;',
  },
  {
    name: 'send-buffer-without-end',
    what: 'a sending VRA keeps every write, however many wait',
    file: 'engine/vra/send-buffer.ts',
    find: 'return this.#used + bytes <= this.usable;',
    replace: 'return true;',
  },
  {
    name: 'flush-of-nothing',
    what: 'a recovered VM is told that its flush is done, and nothing was',
    file: 'engine/journal/scratch.ts',
    find: 'this.#flushes.ask(done);',
    replace: 'done(undefined);',
  },
  {
    name: 'leap-forgets-a-write',
    what: 'of what a VM wrote in a stretch that time leaps over, the last write of each bunch is in no frame',
    file: 'engine/vra/quiet-stream.ts',
    find: `      for (let index = 0; index < writes.count; index++) {
        const payload`,
    replace: `      for (let index = 0; index < writes.count - 1; index++) {
        const payload`,
  },
  {
    name: 'leap-promotes-too-much',
    what: 'a leap promotes what was written behind the checkpoint that ageing comes to',
    file: 'engine/journal/leap-promotion.ts',
    find: 'if (time > cutoff) break;',
    replace: `if (time > cutoff) {
        before.flush(into);
        break;
      }`,
  },
  {
    name: 'leap-promotes-too-little',
    what: 'a leap does not promote what the journal held before it',
    file: 'engine/journal/leap-promotion.ts',
    find: 'if (frame > before) walk.eachWrite(add);',
    replace: 'if (frame > before && frame !== last) walk.eachWrite(add);',
  },
  {
    name: 'leap-keeps-the-watermark',
    what: 'a leap does not write down how far the replica is',
    file: 'engine/journal/ageing.ts',
    find: 'store.put({ watermark, applied, position }, ground);',
    replace: 'if (ground === undefined) store.put({ watermark, applied, position }, ground);',
  },
  {
    name: 'leap-forgets-the-disk',
    what: 'what a VM wrote in a stretch that time leaps over is not on its disk',
    file: 'engine/lab/leap/leaper.ts',
    find: 'ground.write(path, offset, payload);',
    replace: '',
  },
  {
    name: 'leap-forgets-its-last-cut',
    what: 'a ZVM that is woken behind a leap makes the last checkpoint of the leap again',
    file: 'engine/zvm/zvm-core.ts',
    find: 'this.#lastTick = Math.floor(now / checkpointInterval);',
    replace: '',
  },
  {
    name: 'leap-forgets-where-it-wrote',
    what: 'the driver does not know of blocks that were written in a stretch that time leaps over',
    file: 'engine/lab/leap/leaper.ts',
    find: 'machine.wrote(disk, offset, payload.length);',
    replace: '',
  },
];

export function changesOf(mutant: Mutant): readonly Change[] {
  return mutant.also ? [mutant, mutant.also] : [mutant];
}

export function mutantNamed(name: string): Mutant {
  const mutant = mutants.find((each) => each.name === name);
  if (mutant) return mutant;
  const known = mutants.map((each) => each.name).join(', ');
  throw new RangeError(`there is no mutant ${name}; there are ${known}`);
}

/** The source with the mistake in it. Throws where it does not hold what is to be changed exactly once. */
export function changed(name: string, { file, find, replace }: Change, source: string): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  const count = parts.length - 1;
  throw new RangeError(`the mutant ${name} fits into ${file} ${count} times, not once`);
}
