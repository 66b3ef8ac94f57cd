import assert from 'node:assert/strict';
import type { MarkupContent } from 'vscode-languageserver-types';
import { hover } from '../../src/language/hover.ts';
import { ruleNamed, ruleUrl } from '../../src/lint/registry.ts';
import { loadedOf, textIn, twoSites } from './marked.ts';

/** The paragraphs over what stands at the end of `at`, and what they are shown for. */
function over(at: string, text = twoSites): { readonly said: string[]; readonly word: string } {
  assert.ok(text.includes(at), at);
  const loaded = loadedOf(text);
  const found = hover(loaded.topology, loaded.document, text.indexOf(at) + at.length);
  if (!found?.range) return { said: [], word: '' };
  return {
    said: (found.contents as MarkupContent).value.split('\n\n'),
    word: textIn(loaded.document, found.range),
  };
}

describe('hover', () => {
  it('says of a field what it is, what it takes and whether it is required', () => {
    assert.deepEqual(over('    bandw'), {
      said: [
        '**bandwidth**: What it carries in either direction. At least 5Mbit/s.',
        'Required. Takes a rate such as 2MiB/s or 100Mbit/s. For example `100Mbit/s`.',
        "Range: at least `5Mbit/s`. Source: the product's documentation of its initial configuration " +
          `([link/bandwidth-minimum](${ruleUrl('link/bandwidth-minimum')})).`,
      ],
      word: 'bandwidth',
    });
  });

  it('says of a number its range, its default and whose numbers they are', () => {
    const text = twoSites.replace(
      'journal: { history: 4h,',
      'rpo: 5m\n    testEvery: 180d\n    journal: { hardLimit: 20GiB, history: 4h,',
    );
    assert.notEqual(text, twoSites);
    const number = (at: string) => over(at, text).said.find((each) => each.includes('Source: '));
    const link = (rule: string) => ` ([${rule}](${ruleUrl(rule)})).`;
    const starts: readonly (readonly [string, string, string])[] = [
      [
        '    rp',
        'Range: `1m` to `10d3m20s`. Default: `5m`. Source: what the vendor',
        'vpg/rpo-range',
      ],
      [
        'hist',
        'Range: `1h` to `30d`. Default: `24h`. Source: the product',
        'journal/history-range',
      ],
      ['hardL', 'Range: at least `8GiB`. Default: `150GiB`. Source: ', 'journal/hard-limit'],
      ['vra: { mem', 'Range: at least `1GiB`. Source: the product', 'vra/memory'],
      ['testEv', 'Range: `1d` to `366d`. Source: ', 'vpg/test-interval-odd'],
    ];
    for (const [at, start, rule] of starts) {
      const said = number(at) ?? '';
      assert.ok(said.startsWith(start), said);
      assert.ok(said.endsWith(link(rule)), said);
      assert.ok(ruleNamed(rule), rule);
    }
    const withMtu = twoSites.replace('bandwidth:', 'mtu: 1500\n    bandwidth:');
    assert.match(
      over('mt', withMtu).said.join(' '),
      /Range: `68` to `65535`\. Default: `1500`\. Source: RFC 791/,
    );
  });

  it('says of a name what it stands for', () => {
    const { said, word } = over('recoveryHost: esx');
    assert.equal(word, 'esx-r');
    assert.equal(said.at(-1), 'host `esx-r`: in Recovery, a VRA with 3GiB');
    assert.equal(
      over('Recovery/la').said.at(-1),
      'network `lan`: 10.2.0.0/24 in Recovery, MTU 1500',
    );
    assert.equal(
      over('write: { vm: FS').said.at(-1),
      'VM `FS01`: 2 disks of 240GiB together, on esx-p, writes 2MiB/s',
    );
  });

  it('reckons the sizing of a VPG', () => {
    const { said, word } = over('\n  file');
    assert.equal(word, 'files');
    assert.deepEqual(said.slice(-1)[0]?.split('\n'), [
      '- replicas: 240GiB on 2 disks',
      '- written: 2MiB/s on average',
      '- over the WAN: 1MiB/s on average (compressed 2:1, assumed)',
      // 2 MiB/s x 14 400 s x 1.1
      '- journals: 30.94GiB for 4h of journal history, with a tenth to spare',
    ]);
    const short = twoSites.replace('history: 4h,', 'history: 4h, hardLimit: 10GiB,');
    assert.match(
      over('    jour', short).said.at(-1) ?? '',
      /\*\*more than the hard limit of 10GiB\*\* in the journal of FS01, which takes 30\.94GiB$/,
    );
  });

  it('says what a route catches', () => {
    assert.equal(
      over('- { to: 10.2').said.at(-1),
      'The route catches what is sent to Recovery/lan (10.2.0.0/24), Recovery/bubble (10.2.0.0/24).',
    );
    const typo = twoSites.replace('to: 10.2.0.0/24', 'to: 12.2.0.0/24');
    assert.equal(
      over('- { to: 12.2', typo).said.at(-1),
      '12.2.0.0/24 holds no network that the file declares: the route catches nothing.',
    );
  });

  it('says which network owns an address', () => {
    assert.equal(
      over('via: 192.168').said.at(-1),
      'The address lies in Prod/wan (192.168.100.0/24).',
    );
    const stray = twoSites.replace('via: 192.168.100.1', 'via: 7.7.7.7');
    assert.equal(
      over('via: 7', stray).said.at(-1),
      'No network that the file declares holds this address.',
    );
  });

  it('shows names as text, whatever Markdown they contain', () => {
    const text = twoSites.replaceAll('files', '"[x](command:y)"');
    assert.match(over('\n  "[x', text).said[0] ?? '', /^\*\*\\\[x\\\]\\\(command:y\\\)\*\*: /);
    const linked = twoSites.replaceAll('esx-r', '"`[x](y)"').replaceAll('Recovery', '<b>');
    assert.equal(
      over('recoveryHost: "`', linked).said.at(-1),
      String.raw`host \`\[x\]\(y\): in \<b\>, a VRA with 3GiB`,
    );
  });

  it('says nothing between entries and of keys that the language does not know', () => {
    assert.deepEqual(over('version: 1\n').said.length, 1);
    assert.deepEqual(over('nons', 'version: 1\nnonsense: 2\n').said, []);
  });
});
