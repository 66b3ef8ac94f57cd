import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { writeNotices } from '../../scripts/write-notices.mjs';

describe('the third-party notices', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tidemark-notices-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const put = async (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), text);
    }
  };
  const addPackage = (folder: string, about: object, files: Record<string, string> = {}) =>
    put({
      [`${folder}/package.json`]: JSON.stringify({ main: 'index.js', version: '1.0.0', ...about }),
      [`${folder}/index.js`]: `console.log(${JSON.stringify(folder)});`,
      ...Object.fromEntries(
        Object.entries(files).map(([file, text]) => [`${folder}/${file}`, text]),
      ),
    });
  const bundle = async (source: string, outfile = 'dist/main.js') => {
    await put({ 'main.js': source });
    const options = { absWorkingDir: root, entryPoints: ['main.js'], outfile };
    const { metafile } = await build({ ...options, bundle: true, write: false, metafile: true });
    return metafile;
  };
  const written = () => readFile(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');

  it('carry the licence and the notices of every package in a bundle, and of no other', async () => {
    await addPackage(
      'node_modules/tide',
      { name: 'tide', version: '2.1.0', license: 'ISC' },
      { LICENSE: 'Tide licence\r\ntext', 'thirdpartynotices.txt': 'Moon notice' },
    );
    await addPackage('node_modules/idle', { name: 'idle', license: 'ISC' }, { LICENSE: 'Idle' });
    const notices = await writeNotices([await bundle("import 'tide';")], { root });
    assert.deepEqual(notices, [
      { name: 'tide', version: '2.1.0', licence: 'ISC', text: 'Tide licence\ntext\n\nMoon notice' },
    ]);
    const text = await written();
    assert.match(text, /tide 2\.1\.0 \(ISC\)/);
    assert.match(text, /Tide licence\ntext\n\nMoon notice/);
    assert.doesNotMatch(text, /idle/i);
  });

  it('tell scoped, nested and twofold versions of packages apart', async () => {
    const inner = 'node_modules/@sea/shore/node_modules/tide';
    await addPackage('node_modules/tide', { name: 'tide', license: 'ISC' }, { LICENSE: 'One' });
    await addPackage(inner, { name: 'tide', version: '2.0.0' }, { 'License.txt': 'Two' });
    await addPackage(
      'node_modules/@sea/shore',
      { name: '@sea/shore', license: 'ISC' },
      { 'LICENSE.md': 'Three', 'index.js': "import 'tide'; console.log('shore');" },
    );
    const notices = await writeNotices([await bundle("import '@sea/shore'; import 'tide';")], {
      root,
    });
    assert.deepEqual(
      notices.map(({ name, version, text }) => `${name} ${version} ${text}`),
      ['@sea/shore 1.0.0 Three', 'tide 1.0.0 One', 'tide 2.0.0 Two'],
    );
  });

  it('leave out what only the tests are bundled with', async () => {
    await addPackage('node_modules/tide', { name: 'tide', license: 'ISC' }, { LICENSE: 'One' });
    const tests = await bundle("import 'tide';", 'dist/test/host/index.cjs');
    assert.deepEqual(await writeNotices([tests], { root }), []);
  });

  it('name the author where MIT is declared without its text', async () => {
    const about = { name: 'tide', license: 'MIT', author: { name: 'The Moon' } };
    await addPackage('node_modules/tide', about);
    await writeNotices([await bundle("import 'tide';")], { root });
    assert.match(await written(), /Copyright \(c\) The Moon\n\nPermission is hereby granted/);
  });

  it('refuse a package whose licence text nobody has', async () => {
    await addPackage('node_modules/tide', { name: 'tide', license: 'Apache-2.0' });
    const metafile = await bundle("import 'tide';");
    await assert.rejects(
      writeNotices([metafile], { root }),
      /tide 1\.0\.0 is bundled.*declares Apache-2\.0/,
    );
  });

  it('refuse to be written without knowing what is in a bundle', async () => {
    await assert.rejects(writeNotices([undefined], { root }), /no metafile/);
  });
});
