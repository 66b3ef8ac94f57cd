import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { loadTopology } from '../../src/topology/load.ts';
import type { LoadedTopology } from '../../src/topology/load.ts';
import { problemRules } from '../../src/topology/problem-rules.ts';
import { fileSchema } from '../../src/topology/schema/file.ts';

const lab = readFileSync(new URL('fixtures/seed-lab.dr.yaml', import.meta.url), 'utf8');
const rules = new Set(problemRules.map(({ name }) => name));

/** What holds for any input. */
function assertSound({ document, problems, topology }: LoadedTopology): void {
  let last = 0;
  for (const { rule, message, range } of problems) {
    assert.ok(rules.has(rule), `${rule} is not in the list of problem rules`);
    assert.ok(message.length > 0 && message.length < 600, message);
    assert.ok(0 <= range.start && range.start <= range.end, message);
    assert.ok(range.end <= document.text.length, message);
    assert.ok(last <= range.start, 'problems stand in the order of the text');
    last = range.start;
  }
  for (const site of topology.sites.values()) {
    assert.ok(document.has(site.place.path));
    for (const host of site.hosts.values()) assert.ok(document.has(host.place.path));
  }
  for (const drill of topology.drills.values()) {
    for (const step of drill.steps) assert.ok(document.has(step.place.path));
  }
}

const pieces = fc.constantFrom(
  ...['\n', '  ', '\t', ': ', '- ', '{', '}', '[', ']', ', ', '"', "'", '#', '&a ', '*a', '!x '],
  ...['|\n', '>', '? ', '---\n', '%', '@', '\0', '\ufeff', 'sites', 'version: 1\n', '__proto__'],
  ...['null', '1', '10.1.0.0/24', '5m', '5 min', '40GIB', 'x', '\r\n', '\ud800', '<<'],
);

describe('any input', () => {
  it('random text is read without an exception, with its problems inside of it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (source) => {
        assertSound(loadTopology(source, 'x.dr.yaml'));
      }),
      { numRuns: 1000 },
    );
  });

  it('random bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assertSound(loadTopology(bytes, 'x.dr.yaml'));
      }),
      { numRuns: 1000 },
    );
  });

  it('the seed lab is, after any edits of its text', () => {
    const edit = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 40 }),
      put: fc.oneof(pieces, fc.string()),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        let text = lab;
        for (const { at, cut, put } of edits) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + put + text.slice(start + cut);
        }
        assertSound(loadTopology(text, 'x.dr.yaml'));
      }),
      { numRuns: 150 },
    );
  });
});

describe('the reader', () => {
  it('objects to exactly the files that the schema objects to', () => {
    const whole: unknown = JSON.parse(JSON.stringify(loadTopology(lab, 'x').document.value));
    const odd = fc.oneof(
      fc.constantFrom<unknown>(
        0,
        1,
        -1,
        1500,
        70_000,
        0.5,
        '',
        'x',
        'dhcp',
        'any',
        'unlimited',
        true,
      ),
      fc.constantFrom<unknown>(
        '5m',
        '5 min',
        '75%',
        '150%',
        '40GiB',
        '08:00',
        '10.1.0.0/24',
        '10.1.0.1',
      ),
      fc.constantFrom<unknown>([], {}, [1], ['x'], { x: 1 }, { at: '1h' }, null, 'Prod_Site/zvm'),
    );
    const change = fc.record({
      choice: fc.nat(),
      what: fc.constantFrom('put' as const, 'drop' as const, 'add' as const),
      value: odd,
      key: fc.constantFrom('x', 'at', 'cut', 'powerOff', 'mtu', 'zvm', 'expect', 'a/b', ' y', '0'),
    });
    let good = 0;
    fc.assert(
      fc.property(fc.array(change, { maxLength: 2 }), (changes) => {
        const data = structuredClone(whole);
        for (const { choice, what, value, key } of changes) {
          const spots = spotsIn(data);
          const spot = spots[choice % spots.length];
          if (!spot) continue;
          const { holder } = spot;
          if (what === 'put') holder[spot.key] = structuredClone(value);
          else if (what === 'add' && !Array.isArray(holder)) holder[key] = structuredClone(value);
          else if (Array.isArray(holder)) holder.splice(Number(spot.key), 1);
          else Reflect.deleteProperty(holder, spot.key);
        }
        const { success, error } = fileSchema.safeParse(data);
        const { problems } = loadTopology(JSON.stringify(data), 'x');
        const objections = problems.filter(({ rule }) => rule !== 'include/not-read');
        if (success) good++;
        assert.equal(
          objections.length === 0,
          success,
          `${JSON.stringify(objections)}\n${JSON.stringify(error?.issues)}`,
        );
      }),
      { numRuns: 200 },
    );
    assert.ok(good > 10, 'the changes leave some files good');
  });
});

interface Spot {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every entry of every map and list. */
function spotsIn(data: unknown): Spot[] {
  if (typeof data !== 'object' || data === null) return [];
  const holder = data as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...spotsIn(holder[key])]);
}
