import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LineReader } from '../../../src/engine/control/lines.ts';

function read(reader: LineReader, ...pieces: readonly (string | Uint8Array)[]) {
  const lines: string[] = [];
  let fault: string | undefined;
  for (const piece of pieces) {
    const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
    fault = reader.read(bytes, (line) => {
      lines.push(line);
      return true;
    });
  }
  return { lines, fault };
}

describe('lines out of a stream of bytes', () => {
  it('come whole, however they arrive', () => {
    const text = fc.array(fc.string({ unit: 'grapheme' }).map((each) => each.replace(/\n/g, ' ')));
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });
    fc.assert(
      fc.property(text, cuts, (lines, at) => {
        const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
        const pieces: Uint8Array[] = [];
        let from = 0;
        for (const cut of [...at].sort((a, b) => a - b).filter((each) => each < bytes.length)) {
          pieces.push(bytes.slice(from, cut));
          from = cut;
        }
        pieces.push(bytes.slice(from));
        // A decoder takes a byte order mark at the start of a line for what it is.
        const expected = lines.map((line) => line.replace(/^\ufeff/, ''));
        assert.deepEqual(read(new LineReader(10_000), ...pieces).lines, expected);
      }),
    );
  });

  it('do not change when a buffer that they came in is used again', () => {
    const reader = new LineReader(100);
    const buffer = new TextEncoder().encode('first');
    assert.deepEqual(read(reader, buffer).lines, []);
    buffer.fill(0x78);
    assert.deepEqual(read(reader, ' half\n').lines, ['first half']);
  });

  it('are never longer than the limit, and nothing is kept of what is', () => {
    const reader = new LineReader(10);
    assert.deepEqual(read(reader, '0123456789\n01234'), {
      lines: ['0123456789'],
      fault: undefined,
    });
    assert.equal(reader.pending, 5);
    assert.equal(read(reader, '567890').fault, 'too-long');
    assert.equal(reader.pending, 0);
    assert.deepEqual(read(reader, '\nnext\n'), { lines: [], fault: 'too-long' });
  });

  it('are UTF-8, or nothing more is read', () => {
    const reader = new LineReader(100);
    const broken = Uint8Array.of(0x61, 0xff, 0x0a);
    assert.deepEqual(read(reader, 'fine\n', broken, 'later\n'), {
      lines: ['fine'],
      fault: 'not-utf-8',
    });
  });

  it('stop where the reader has had enough', () => {
    const reader = new LineReader(100);
    const seen: string[] = [];
    reader.read(new TextEncoder().encode('one\ntwo\nthree\n'), (line) => {
      seen.push(line);
      return line !== 'two';
    });
    assert.deepEqual(seen, ['one', 'two']);
  });
});
