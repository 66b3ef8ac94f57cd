import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { ruleNamed, rules, ruleUrl } from '../../src/lint/registry.ts';
import { indexFile, rulesIndex } from './rules-index.ts';

const pages = new URL('../../docs/rules/', import.meta.url);

/** The families that the linter's first catalogue promises, one by one. */
const catalogue = `
  yaml/syntax yaml/duplicate-key
  reference/unknown reference/unused
  zvm/single-in-protected-site zvm/missing zvm/two-default-gateways zvm/replication-nic-has-gateway
  zvm/missing-route zvm/route-not-persistent zvm/route-unknown-destination
  zvm/route-gateway-off-link zvm/no-license
  network/overlap network/nat network/blocked-port network/unreachable network/address-outside
  network/duplicate-address network/reserved-address network/mtu
  link/no-path link/bandwidth-minimum link/bandwidth-short
  vra/missing-on-host vra/dhcp vra/memory vra/buffer-short vra/volumes vra/datastore-space
  vra/in-backup
  host/version host/ports host/root-password
  vpg/same-site vpg/empty vpg/vm-of-other-site vpg/vm-in-too-many vpg/too-many-disks vpg/rpo-range
  vpg/test-overdue-setting vpg/auto-commit vpg/no-reverse-protection
  journal/history-range journal/hard-limit journal/warning-threshold journal/datastore-floor
  recovery/test-network-is-live recovery/ip-outside-network recovery/gateway-outside-network
  recovery/duplicate-ip recovery/missing-mapping recovery/host-capacity
  recovery/datastore-capacity recovery/boot-order recovery/vm-name
  drill/step-after-end drill/no-expectation drill/unknown-alert`
  .trim()
  .split(/\s+/);

function pageNames(): readonly string[] {
  return readdirSync(pages, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: area }) =>
      readdirSync(new URL(`${area}/`, pages)).map((file) => `${area}/${file.replace(/\.md$/, '')}`),
    )
    .sort();
}

describe('the registry of rules', () => {
  it('names every rule once, as area/what-is-wrong', () => {
    const names = rules.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z]+\/[a-z]+(-[a-z]+)*$/);
  });

  it('holds every rule of the catalogue', () => {
    assert.deepEqual(
      catalogue.filter((name) => !ruleNamed(name)),
      [],
    );
    assert.ok(rules.some(({ name }) => name.startsWith('schema/')));
  });

  it('and docs/rules are the same list', () => {
    assert.deepEqual(rules.map(({ name }) => name).sort(), pageNames());
  });

  it('gives each rule the title of its page', () => {
    for (const { name, title } of rules) {
      const [heading] = readFileSync(new URL(`${name}.md`, pages), 'utf8').split('\n');
      assert.equal(heading, `# ${title}`, name);
    }
  });

  it('and the index of the pages are the same (node test/lint/rules-index.ts writes it)', () => {
    // The formatter aligns the columns of tables.
    const lines = (text: string) => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---').split('\n');
    assert.deepEqual(lines(readFileSync(indexFile, 'utf8')), lines(rulesIndex()));
  });

  it('the pages link only to pages that exist', () => {
    for (const name of pageNames()) {
      const page = new URL(`${name}.md`, pages);
      for (const [, target = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+\.md)\)/g)) {
        assert.doesNotThrow(() => readFileSync(new URL(target, page)), `${name}: ${target}`);
      }
    }
  });

  it('knows the address of a page', () => {
    assert.equal(
      ruleUrl('vra/dhcp'),
      'https://github.com/tidemark-dr/tidemark/blob/main/docs/rules/vra/dhcp.md',
    );
    assert.equal(ruleNamed('vra/none-such'), undefined);
  });
});
