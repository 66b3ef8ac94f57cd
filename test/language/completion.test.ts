import assert from 'node:assert/strict';
import { InsertTextFormat, type CompletionItem } from 'vscode-languageserver-types';
import { LanguageService } from '../../src/language/service.ts';
import { alertIds, isRaisedByEngine } from '../../src/topology/alerts.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { applied, documentOf, marked, twoSites, uri } from './marked.ts';
import { alertsInEngine } from '../topology/raised-alerts.ts';

function items(text: string, snippets = true): CompletionItem[] {
  const { text: plain, offset } = marked(text);
  const service = new LanguageService();
  service.update(uri, 1, plain);
  return service.completion(uri, documentOf(plain).positionAt(offset), { snippets });
}

const labels = (text: string): string[] => items(text).map(({ label }) => label);

/** The two sites with `typed`, cursor included, in place of `old`. */
function typing(old: string, typed: string): string {
  assert.ok(twoSites.includes(old), old);
  return twoSites.replace(old, typed);
}

/** The text after choosing an item; an editor indents its lines like the line of the cursor. */
function chosen(text: string, label: string): string {
  const { text: plain, offset } = marked(text);
  const line = plain.slice(plain.lastIndexOf('\n', offset - 1) + 1);
  const indent = /^ */.exec(line)?.[0] ?? '';
  const item = items(text, false).find((each) => each.label === label);
  assert.ok(item?.textEdit && 'range' in item.textEdit, label);
  const { range, newText } = item.textEdit;
  return applied(documentOf(plain), [{ range, newText: newText.replace(/\n/g, `\n${indent}`) }]);
}

describe('completion of keys', () => {
  it('begins an empty file with what it needs', () => {
    assert.deepEqual(labels('‸'), [
      'version',
      'name',
      'include',
      'sites',
      'links',
      'pairings',
      'vpgs',
      'drills',
    ]);
  });

  it('puts what is required first and leaves out what is there', () => {
    const found = labels(typing('    to: Recovery\n', '    ‸\n'));
    assert.deepEqual(found.slice(0, 2), ['to', 'rpo']);
    for (const there of ['from', 'vms', 'journal', 'scripts']) assert.ok(!found.includes(there));
  });

  it('leaves out what stands in the same brackets, before and behind the cursor', () => {
    const text = typing('lan: { cidr: 10.1.0.0/24 }', 'lan: { ‸, mtu: 1500 }');
    assert.deepEqual(labels(text), ['cidr', 'isolated']);
  });

  it('offers a second verb in no step', () => {
    const found = labels(typing('{ at: 40m, cut: mpls }', '{ at: 40m, cut: mpls, ‸ }'));
    assert.deepEqual(found, ['expect']);
  });

  it('replaces only the key where its value stands already', () => {
    const text = typing('    from: Prod\n', '    pri‸: Prod\n');
    assert.match(chosen(text, 'priority'), /\n {4}priority: Prod\n/);
  });

  it('writes a VRA alone for a host that has none, with all that it needs', () => {
    const text = `version: 1
sites:
  A:
    platform: vsphere
    networks: { lan: { cidr: 10.1.0.0/24 } }
    datastores: { ds: { capacity: 1TiB } }
    hosts:
      h1:
        version: "6.7"
        ‸
`;
    const after = chosen(text, 'vra');
    assert.match(
      after,
      /\n {8}vra:\n {10}memory: 3GiB\n {10}datastore: ds\n {10}network: lan\n {10}address: 10\.1\.0\.\d+\/24\n/,
    );
    assert.deepEqual(loadTopology(after, uri).problems, []);
  });

  it('offers the VMs of the protected site that the VPG does not protect yet', () => {
    const more = twoSites
      .replace(
        '    vms:\n      FS01:\n        host',
        '    vms:\n      DB01: { host: esx-p }\n      FS01:\n        host',
      )
      .replace('    to: Recovery\n    vms:\n', '    to: Recovery\n    vms:\n      ‸\n');
    assert.deepEqual(labels(more), ['DB01']);
  });

  it('writes the indentation of a step behind its dash', () => {
    const text = typing('      - { at: 40m, cut: mpls }\n', '      - at: 40m\n        exp‸\n');
    assert.match(chosen(text, 'expect'), /\n {8}expect: \{ {2}\}\n/);
    const dash = items('drills:\n  d:\n    duration: 1h\n    steps:\n      - ‸\n');
    const write = dash.find(({ label }) => label === 'checkpoint');
    assert.equal(write?.textEdit?.newText, 'checkpoint: { vpg: $1, tag: $2 }');
  });
});

describe('completion of blocks', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['a site', 'New site', 'sites:\n', 'sites:\n  ‸\n'],
    [
      'a host with its VRA',
      'New host',
      '    hosts:\n      esx-r',
      '    hosts:\n      ‸\n      esx-r',
    ],
    ['a link', 'New link', 'links:\n', 'links:\n  ‸\n'],
    ['a VPG', 'New VPG', 'vpgs:\n', 'vpgs:\n  ‸\n'],
    ['a drill', 'New drill', 'drills:\n', 'drills:\n  ‸\n'],
    ['a datastore', 'New datastore', '    datastores:\n', '    datastores:\n      ‸\n'],
  ];
  for (const [what, label, old, typed] of cases) {
    it(`writes ${what} that is YAML and has every key that it needs`, () => {
      const text = chosen(typing(old, typed), label);
      const { problems } = loadTopology(text, uri);
      const wrong = problems.filter(({ rule }) => /^yaml|missing-key|unknown-key/.test(rule));
      assert.deepEqual(wrong, []);
    });
  }

  it('lets names be chosen that the file declares', () => {
    const [vpg] = items(typing('vpgs:\n', 'vpgs:\n  ‸\n'));
    assert.equal(vpg?.insertTextFormat, InsertTextFormat.Snippet);
    assert.match(vpg.textEdit?.newText ?? '', /\n {2}from: \$\{2\|Prod,Recovery\|\}\n/);
  });
});

describe('completion of references', () => {
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['hosts of the recovery site only', 'recoveryHost: esx-r', 'recoveryHost: ‸', ['esx-r']],
    [
      'datastores of the recovery site',
      'history: 4h, datastore: ds-r',
      'history: 4h, datastore: ‸',
      ['ds-r'],
    ],
    [
      'networks of the recovery site',
      'test: { network: bubble }',
      'test: { network: ‸ }',
      ['lan', 'bubble'],
    ],
    ['networks of the own site', 'wan: { network: wan,', 'wan: { network: ‸,', ['lan', 'wan']],
    [
      'networks as Site/network',
      'joins: [Prod/wan, Recovery/lan]',
      'joins: [Prod/wan, ‸]',
      ['Prod/lan', 'Recovery/lan', 'Recovery/bubble'],
    ],
    ['the other site of a pair', '  - [Prod, Recovery]', '  - [Prod, ‸', ['Recovery']],
    ['the other site of a VPG', '    to: Recovery', '    to: ‸', ['Recovery']],
    [
      'components',
      'powerOff: Prod/zvm',
      'powerOff: ‸',
      [
        'Prod',
        'Prod/zvm',
        'Prod/esx-p',
        'Prod/esx-p/vra',
        'Recovery',
        'Recovery/zvm',
        'Recovery/esx-r',
        'Recovery/esx-r/vra',
      ],
    ],
    [
      'VRAs for a snapshot',
      'powerOff: Prod/zvm',
      'snapshot: ‸',
      ['Prod/esx-p/vra', 'Recovery/esx-r/vra'],
    ],
    ['disks of the VM in the same step', 'disk: data', 'disk: ‸', ['system', 'data']],
    ['links', 'cut: mpls', 'cut: ‸', ['mpls']],
    ['markers of the drill', 'contains: [fonts]', 'contains: [‸]', ['fonts']],
    ['tags of the drill', 'checkpoint: before,', 'checkpoint: ‸,', ['before', 'latest', 'oldest']],
    ['NICs of the ZVM', 'nic: wan', 'nic: ‸', ['lan', 'wan']],
    ['VPGs', 'failoverTest: { vpg: files', 'failoverTest: { vpg: ‸', ['files']],
  ];
  for (const [what, old, typed, expected] of cases) {
    it(`offers ${what}`, () => {
      assert.deepEqual(labels(typing(old, typed)), expected);
    });
  }

  it('works where the line has left its brackets open, and lost what is behind it', () => {
    const text = typing(
      'failover: { network: lan, address: 10.2.0.50/24 }',
      'failover: { network: ‸',
    );
    assert.deepEqual(labels(text), ['lan', 'bubble']);
  });

  it('puts a space between the colon and the value', () => {
    assert.match(chosen(typing('cut: mpls }', 'cut:‸ }'), 'mpls'), /cut: mpls \}/);
  });
});

describe('completion while a file is being typed', () => {
  it('answers from text that has not been read, with the names of the last one that was', () => {
    const service = new LanguageService();
    service.update(uri, 1, twoSites);
    const text = typing('    to: Recovery\n', '    to: Recovery\n    journal: { datastore: ');
    const offset = text.indexOf('datastore: ', text.indexOf('to: Recovery')) + 'datastore: '.length;
    const position = documentOf(text).positionAt(offset);
    const found = service.completion(uri, position, { snippets: true }, { version: 2, text });
    assert.deepEqual(
      found.map(({ label }) => label),
      ['ds-r'],
    );
  });

  it('does not come up by itself while a line is being indented', () => {
    const { text, offset } = marked(typing('    to: Recovery\n', '    ‸\n'));
    const service = new LanguageService();
    service.update(uri, 1, text);
    const position = documentOf(text).positionAt(offset);
    assert.deepEqual(service.completion(uri, position, { snippets: true, bySpace: true }), []);
    assert.ok(service.completion(uri, position, { snippets: true }).length > 0);
  });

  it('looks at a file anew that has stayed broken for long', () => {
    const service = new LanguageService();
    service.update(uri, 1, twoSites);
    const text = `${twoSites.replace('  mpls:', '  dark-fibre:')}}}\n`.replace(
      'cut: mpls',
      'cut: ‸',
    );
    const { text: plain, offset } = marked(text);
    const position = documentOf(plain).positionAt(offset);
    const ask = (version: number) =>
      service
        .completion(uri, position, { snippets: true }, { version, text: plain })
        .map(({ label }) => label);
    assert.deepEqual(ask(2), ['mpls']);
    assert.deepEqual(ask(40), ['dark-fibre']);
  });
});

describe('completion of values', () => {
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    [
      'the words of a choice',
      '    from: Prod\n',
      '    from: Prod\n    priority: ‸\n',
      ['low', 'medium', 'high'],
    ],
    ['truth values', 'persistent: true', 'persistent: ‸', ['true', 'false']],
    [
      'units behind a number',
      'duration: 2h',
      'duration: 90‸',
      ['90m', '90h', '90s', '90d', '90ms'],
    ],
    [
      'units of a rate',
      'bandwidth: 100Mbit/s',
      'bandwidth: 100M‸',
      ['100MiB/s', '100Mbit/s', '100Gbit/s', '100KiB/s'],
    ],
    [
      'free addresses of the network, behind those in use',
      'eth0: { network: lan, address: 10.1.0.50/24 }',
      'eth0: { network: lan, address: ‸ }',
      ['dhcp', '10.1.0.21/24', '10.1.0.22/24', '10.1.0.23/24', '10.1.0.24/24', '10.1.0.25/24'],
    ],
    ['the router of the NIC for a route', 'via: 192.168.100.1', 'via: ‸', ['192.168.100.1']],
    [
      'the ranges of other sites for a route, bubbles aside',
      'to: 10.2.0.0/24',
      'to: ‸',
      ['10.2.0.0/24'],
    ],
  ];
  for (const [what, old, typed, expected] of cases) {
    it(`offers ${what}`, () => {
      assert.deepEqual(labels(typing(old, typed)), expected);
    });
  }

  it('offers ports with the services that need them', () => {
    const found = items(
      typing('    bandwidth: 100Mbit/s\n', '    bandwidth: 100Mbit/s\n    allow: [4007, ‸]\n'),
    );
    assert.deepEqual(
      found.map(({ label }) => label),
      [
        '22',
        '25',
        '53',
        '123',
        '389',
        '443',
        '514',
        '4005',
        '4006',
        '4008',
        '4009',
        '9071',
        '9081',
      ],
    );
    assert.equal(found[9]?.detail, 'replication data (vra-vra)');
    assert.equal(found[9].filterText, 'replication data (vra-vra) 4008');
  });

  it('offers exactly the alerts that the engine raises', () => {
    const offered = alertIds.filter(isRaisedByEngine);
    assert.deepEqual([...offered].sort(), alertsInEngine());
    const text = typing(
      '    expect:\n      vpgs:',
      '    expect:\n      alerts: { raised: [‸] }\n      vpgs:',
    );
    assert.deepEqual(labels(text), offered);
  });

  it('offers nothing in a comment, or where the language knows no key', () => {
    assert.deepEqual(labels('version: 1 # ‸'), []);
    assert.deepEqual(labels('nonsense:\n  ‸'), []);
  });
});
