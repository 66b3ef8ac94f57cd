import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { commands } from '../src/cli/run.ts';
import { brokenLinks } from './docs/links.ts';
import { codeOf, page, pages, readPage } from './docs/page.ts';
import { documentedSections, languageSections, type Section } from './docs/sections.ts';

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly contributes: {
    readonly commands: readonly { readonly title: string; readonly category: string }[];
    readonly configuration: readonly {
      readonly properties: Readonly<Record<string, { readonly default: unknown }>>;
    }[];
  };
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

describe('the links of the documents', () => {
  for (const each of pages) {
    it(`${each.path} leads to files and headings that exist`, () => {
      assert.deepEqual(brokenLinks(each, existsSync, readPage), []);
    });
  }
});

describe('a broken link', () => {
  const target = { path: 'docs/b.md', text: '# One\n\n## `sites.NAME` & more\n\n## One\n' };
  const broken = (text: string): number =>
    brokenLinks(
      { path: 'docs/a.md', text },
      (path) => path === target.path || path === 'docs/a.md',
      () => target,
    ).length;

  it('is one to a file or a heading that does not exist', () => {
    assert.equal(broken('[x](c.md) [y](b.md#two) [z](#here) ![p](p.png)'), 4);
  });

  it('is none that leads to a page, to a heading by its anchor, or to the web', () => {
    assert.equal(broken('# Here\n[x](b.md) [y](b.md#sitesname--more) [o](b.md#one-1)'), 0);
    assert.equal(broken('# Here\n[z](#here) [w](https://example.org/none.md)'), 0);
  });

  it('is none in code', () => {
    assert.equal(broken('`[x](c.md)`\n```\n[x](c.md)\n```\n'), 0);
  });
});

describe('the language in the documents', () => {
  const language = languageSections();
  const documented = ['docs/topology.md', 'docs/drills.md'].flatMap((path) =>
    documentedSections(page(path)),
  );

  it('has a section for each section of the schema, and for nothing else', () => {
    assert.deepEqual(
      documented.map(({ path }) => path).sort(),
      language.map(({ path }) => path).sort(),
    );
  });

  for (const section of language) {
    it(`shows ${section.path} with its keys, its defaults and the words that it takes`, () => {
      const own = documented.find(({ path }) => path === section.path);
      assert.ok(own);
      const shown = ({ keys }: Section): [string, string | undefined][] =>
        [...keys].map(([name, key]): [string, string | undefined] => [name, key.default]).sort();
      assert.deepEqual(shown(own), shown(section));
      for (const [name, { words }] of section.keys) {
        const row: readonly string[] = own.keys.get(name)?.words ?? [];
        assert.deepEqual(
          words.filter((word) => !row.includes(word)),
          [],
          name,
        );
      }
    });
  }
});

describe('the commands in the documents', () => {
  const usages: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(commands).map(([name, { usage }]) => [name, usage])),
    help: '',
  };
  const codes = pages.flatMap((each) => codeOf(each).map((text) => ({ text, path: each.path })));
  const calls = codes.flatMap(({ text, path }) =>
    [
      ...text.matchAll(/(?:^|[\s$])(?:tidemark|\S*dist\/cli\.js|\S*src\/cli\/main\.ts) +(.*)$/gm),
    ].map(([, rest = '']) => ({ path, words: rest.split(/\s+/) })),
  );

  it('of tidemark exist, with their options', () => {
    assert.ok(calls.length > 10);
    const known = calls.flatMap(({ path, words: [command = '', ...rest] }) => {
      const usage = Object.hasOwn(usages, command) ? usages[command] : undefined;
      if (usage === undefined) return [`${path}: there is no command ${command}`];
      return rest
        .filter((word) => word.startsWith('--') && word !== '--')
        .map((word) => word.split('=')[0] ?? '')
        .filter((option) => !usage.split(/[\s[\]]+/).includes(option))
        .map((option) => `${path}: ${command} has no ${option}`);
    });
    assert.deepEqual(known, []);
  });

  it('of tidemark are shown with the usage that it prints', () => {
    const cli = page('docs/cli.md').text;
    for (const { usage } of Object.values(commands)) {
      if (usage === commands['schema']?.usage) continue;
      assert.ok(cli.includes(`\n${usage}\n`), usage);
    }
  });

  it('of npm exist', () => {
    const scripts = codes.flatMap(({ text, path }) =>
      [...text.matchAll(/\bnpm (?:run (?:--silent )?)?(start|test|(?<=run )[\w:-]+)/g)].map(
        ([, script = '']) => ({ path, script }),
      ),
    );
    assert.ok(scripts.length > 10);
    assert.deepEqual(
      scripts.filter(({ script }) => !Object.hasOwn(manifest.scripts, script)),
      [],
    );
  });

  it('of the command palette exist', () => {
    const titles = new Set(
      manifest.contributes.commands.map(({ title, category }) => `${category}: ${title}`),
    );
    const shown = codes
      .map(({ text, path }) => ({ path, title: text }))
      .filter(({ title }) => title.startsWith('Tidemark: '));
    assert.ok(shown.length > 0);
    assert.deepEqual(
      shown.filter(({ title }) => !titles.has(title)),
      [],
    );
  });
});

describe('the settings in the documents', () => {
  const settings = Object.assign(
    {},
    ...manifest.contributes.configuration.map(({ properties }) => properties),
  ) as Record<string, { readonly default: unknown }>;
  const rows = [...page('README.md').text.matchAll(/^\| `(tidemark\.[\w.]+)` *\| `([^`]*)`/gm)];

  it('in the README are those of the manifest, with their defaults', () => {
    assert.deepEqual(
      rows.map(([, name, value]) => [name, value]).sort(),
      Object.entries(settings)
        .map(([name, setting]) => [name, JSON.stringify(setting.default)])
        .sort(),
    );
  });

  it('on every page exist', () => {
    const named = pages.flatMap((each) =>
      codeOf(each)
        .filter((code) => /^tidemark\.(?:lint|drill)\.\w+$/.test(code))
        .map((name) => ({ path: each.path, name })),
    );
    assert.deepEqual(
      named.filter(({ name }) => !Object.hasOwn(settings, name)),
      [],
    );
  });
});
