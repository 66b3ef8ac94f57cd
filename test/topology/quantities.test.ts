import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatDuration,
  formatPercent,
  formatRate,
  formatSize,
  parseDuration,
  parseOffset,
  parsePercent,
  parseRate,
  parseSize,
  parseTimeOfDay,
} from '../../src/topology/quantities.ts';
import type { Quantity } from '../../src/topology/quantities.ts';

function value(quantity: Quantity): number {
  assert.ok(quantity.ok, quantity.ok ? '' : quantity.message);
  return quantity.value;
}

function suggestions(quantity: Quantity): readonly string[] {
  assert.ok(!quantity.ok);
  return quantity.suggestions;
}

describe('quantities', () => {
  it('reads durations, also compound ones, as milliseconds', () => {
    assert.equal(value(parseDuration('500ms')), 500);
    assert.equal(value(parseDuration('5s')), 5000);
    assert.equal(value(parseDuration('90m')), 5_400_000);
    assert.equal(value(parseDuration('1h20m')), 4_800_000);
    assert.equal(value(parseDuration('30d')), 2_592_000_000);
    assert.equal(value(parseDuration('1.5h')), 5_400_000);
  });

  it('reads time offsets before the start as negative', () => {
    assert.equal(value(parseOffset('-10m')), -600_000);
    assert.equal(value(parseOffset('1h5m')), 3_900_000);
    assert.ok(!parseDuration('-10m').ok);
  });

  it('reads sizes in binary and decimal units as bytes', () => {
    assert.equal(value(parseSize('512B')), 512);
    assert.equal(value(parseSize('64KiB')), 65_536);
    assert.equal(value(parseSize('40GiB')), 40 * 2 ** 30);
    assert.equal(value(parseSize('12.5GB')), 12.5e9);
  });

  it('reads rates in bytes and in bits as bytes per second', () => {
    assert.equal(value(parseRate('2MiB/s')), 2 ** 21);
    assert.equal(value(parseRate('100Mbit/s')), 12_500_000);
  });

  it('reads shares and times of day', () => {
    assert.equal(value(parsePercent('75%')), 0.75);
    assert.equal(value(parseTimeOfDay('08:00')), 8 * 3_600_000);
    assert.equal(value(parseTimeOfDay('24:00')), 24 * 3_600_000);
    assert.ok(!parseTimeOfDay('24:01').ok);
  });

  it('suggests the unit that was meant', () => {
    assert.deepEqual(suggestions(parseSize('40GIB')), ['40GiB']);
    assert.deepEqual(suggestions(parseSize('40 gib')), ['40GiB']);
    assert.deepEqual(suggestions(parseSize('40G')), ['40GiB']);
    assert.deepEqual(suggestions(parseDuration('5 min')), ['5m']);
    assert.deepEqual(suggestions(parseDuration('1 hour 20 minutes')), ['1h20m']);
    assert.deepEqual(suggestions(parseDuration('5')), ['5s', '5m', '5h']);
    assert.deepEqual(suggestions(parseOffset('-10 min')), ['-10m']);
    assert.deepEqual(suggestions(parseRate('100Mbps')), ['100Mbit/s']);
    assert.deepEqual(suggestions(parseRate('2MiB')), ['2MiB/s']);
    assert.deepEqual(suggestions(parsePercent('75')), ['75%']);
    assert.deepEqual(suggestions(parseTimeOfDay('8am')), ['08:00']);
    assert.deepEqual(suggestions(parseTimeOfDay('6 pm')), ['18:00']);
  });

  it('says what is accepted', () => {
    const size = parseSize('lots');
    assert.ok(!size.ok);
    assert.match(size.message, /"lots" cannot be read\. A size is written like 512B/);
    const bare = parseSize('40');
    assert.ok(!bare.ok);
    assert.match(bare.message, /"40" has no unit/);
  });

  it('refuses units out of order, twice, or too large to count with', () => {
    for (const text of ['5m1h', '1h1h', '', '-', 'h', '1.h', '.5h', '1e3s', ' 5s', '5s ']) {
      assert.ok(!parseDuration(text).ok, text);
    }
    assert.ok(!parseSize('99999999999999PiB').ok);
  });

  it('formats for people', () => {
    assert.equal(formatDuration(4_800_000), '1h20m');
    assert.equal(formatDuration(-600_000), '-10m');
    assert.equal(formatDuration(0), '0s');
    assert.equal(formatSize(40 * 2 ** 30), '40GiB');
    assert.equal(formatSize(12.5e9), '12.5GB');
    assert.equal(formatSize(1_572_864_001), '1.46GiB');
    assert.equal(formatSize(0), '0B');
    assert.equal(formatRate(12_500_000), '100Mbit/s');
    assert.equal(formatRate(2 ** 21), '2MiB/s');
    assert.equal(formatPercent(0.005), '0.5%');
  });

  it('reads back every duration that it formats', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (milliseconds) => {
        assert.equal(value(parseOffset(formatDuration(milliseconds))), milliseconds);
      }),
    );
  });

  it('reads back sizes and rates that it formats to within half a percent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (bytes) => {
        const size = value(parseSize(formatSize(bytes)));
        const rate = value(parseRate(formatRate(bytes)));
        assert.ok(Math.abs(size - bytes) <= bytes * 0.005, `${formatSize(bytes)} for ${bytes}`);
        assert.ok(Math.abs(rate - bytes) <= bytes * 0.005, `${formatRate(bytes)} for ${bytes}`);
      }),
    );
  });

  it('never throws, and only suggests what it accepts', () => {
    const parsers = [
      parseDuration,
      parseOffset,
      parseSize,
      parseRate,
      parsePercent,
      parseTimeOfDay,
    ];
    const text = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.constantFrom('', ' ', '.'), fc.string({ maxLength: 6 })).map(String),
      fc.stringMatching(/^-?\d{1,4}[ .,]?\d{0,2} ?[a-zA-Z]{0,4}(\/s|%|:\d\d)?$/),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...parsers), (written, parse) => {
        const quantity = parse(written);
        if (quantity.ok) return;
        for (const suggestion of quantity.suggestions) assert.ok(parse(suggestion).ok, suggestion);
      }),
    );
  });
});
