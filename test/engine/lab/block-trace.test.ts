import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BlockTraceError, parseBlockTrace } from '../../../src/engine/lab.ts';

const header = 'version,time,op,size,lbn\n';

describe('reading a block trace', () => {
  it('takes writes and zeroes with their times in milliseconds from the first request', () => {
    const trace = parseBlockTrace(
      `${header}1,100,28,4096,0\n1,101,2a,512,8\r\n1,102.5,93,65536,16\n1,102.5,35,0,0\n`,
    );
    assert.equal(trace.count, 2);
    assert.deepEqual([...trace.times], [1000, 2500]);
    assert.deepEqual([...trace.offsets], [4096, 8192]);
    assert.deepEqual([...trace.sizes], [512, -65536]);
    assert.equal(trace.length, 3000);
  });

  it('needs no line of column names', () => {
    assert.equal(parseBlockTrace('1,5,2a,512,1').count, 1);
  });

  it('brings requests into the order of their times, those of one time in the order of the text', () => {
    const trace = parseBlockTrace('1,9,2a,512,1\n1,7,2a,512,2\n1,9,2a,512,3\n');
    assert.deepEqual([...trace.offsets], [1024, 512, 1536]);
    assert.deepEqual([...trace.times], [0, 2000, 2000]);
  });

  for (const [text, line, problem] of [
    [`${header}1,5,2a,512\n`, 2, /expected version,time,op,size,lbn/],
    [`${header}1,5,2a,512,1\n1,6,zz,512,1\n`, 3, /operation “zz”/],
    [`1,soon,2a,512,1\n`, 1, /time “soon” is no number/],
    [`1,5,2a,-512,1\n`, 1, /size “-512” is no number/],
    [`1,5,2a,0.5,1e300\n`, 1, /no whole number/],
    [header, 1, /holds no request/],
    ['', 1, /holds no request/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)} at line ${line}`, () => {
      assert.throws(
        () => parseBlockTrace(text),
        (error) =>
          error instanceof BlockTraceError && error.line === line && problem.test(error.message),
      );
    });
  }

  it('reads any text or refuses it with a line of it', () => {
    const column = fc.oneof(fc.constantFrom('1', '5', '2a', '28', '512', ''), fc.string());
    const lines = fc.array(fc.array(column, { maxLength: 6 }).map((columns) => columns.join(',')));
    fc.assert(
      fc.property(lines, (all) => {
        try {
          const { count, times } = parseBlockTrace(all.join('\n'));
          assert.equal(times.length, count);
        } catch (error) {
          assert.ok(error instanceof BlockTraceError);
          assert.ok(
            error.line >= 1 && error.line <= Math.max(1, all.join('\n').split('\n').length),
          );
        }
      }),
    );
  });
});
