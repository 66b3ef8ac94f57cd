// @ts-check
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * @typedef {object} Notice
 * @property {string} name
 * @property {string} version
 * @property {string} licence as its package declares it, an SPDX expression
 * @property {string} text the licence, and what the package says of others' work in it
 */

const licenceFile = /^(licen[cs]e|copying)([.-].*)?$/i;
const noticeFile = /^(notices?|third-?party-?notices?|copyrightnotice)(\.(txt|md))?$/i;

/** What the MIT licence says to everybody, for packages that declare it and leave its text out. */
const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense,
and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN
NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY,
WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/**
 * Writes the licences of all that is bundled beside the bundles: they ask to travel with the code.
 *
 * @param {(import('esbuild').Metafile | undefined)[]} metafiles what went into which bundle
 * @param {{ root?: string, file?: string }} [options] the folder that the metafiles' paths start
 *   from; the file to write, relative to it
 * @returns {Promise<Notice[]>}
 * @throws {Error} when a package has no licence text, or when there is no metafile to go by
 */
export async function writeNotices(
  metafiles,
  { root = '.', file = 'dist/THIRD-PARTY-NOTICES.txt' } = {},
) {
  const folders = bundledPackages(metafiles);
  const all = await Promise.all(folders.map((folder) => readNotice(join(root, folder))));
  // Two copies of one version, in two places, are one package to a reader.
  const byId = new Map(all.map((notice) => [`${notice.name} ${notice.version}`, notice]));
  const notices = [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, notice]) => notice);
  const target = join(root, file);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, inWords(notices));
  return notices;
}

/**
 * @param {(import('esbuild').Metafile | undefined)[]} metafiles
 * @returns {string[]} the folders of the packages that left code in a bundle that is shipped
 */
export function bundledPackages(metafiles) {
  /** @type {Set<string>} */
  const folders = new Set();
  for (const metafile of metafiles) {
    if (!metafile) throw new Error('A bundle has no metafile. Build it with `metafile: true`.');
    for (const [output, { inputs }] of Object.entries(metafile.outputs)) {
      if (output.startsWith('dist/test/')) continue;
      for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
        // Greedy: of nested packages the innermost is the one that the file belongs to.
        const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
        if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  return [...folders].sort();
}

/**
 * @param {string} folder a package's
 * @returns {Promise<Notice>}
 */
async function readNotice(folder) {
  const { name, version, license, author } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const licence = typeof license === 'string' ? license : license?.type;
  const files = (await readdir(folder)).sort();
  const licences = files.filter((file) => licenceFile.test(file));
  const texts = await Promise.all(
    [...licences, ...files.filter((file) => noticeFile.test(file))].map(async (file) =>
      (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n').trim(),
    ),
  );
  if (licences.length === 0) {
    const holder = typeof author === 'string' ? author : author?.name;
    if (licence !== 'MIT' || !holder) {
      throw new Error(
        `${name} ${version} is bundled, but ${folder} has no licence file and declares ` +
          `${licence ?? 'no licence'}. Ask its authors for the text, or do without the package.`,
      );
    }
    texts.unshift(
      `(The package declares the MIT licence without its text, which is this.)\n\n` +
        `Copyright (c) ${holder}\n\n${mit}`,
    );
  }
  return { name, version, licence: licence ?? 'see below', text: texts.join('\n\n') };
}

/** @param {Notice[]} notices */
function inWords(notices) {
  const rule = '='.repeat(100);
  const head = `Tidemark contains the work of others, under their own licences:\n\n${notices
    .map(({ name, version, licence }) => `  ${name} ${version} (${licence})\n`)
    .join('')}`;
  const parts = notices.map(
    ({ name, version, licence, text }) =>
      `${rule}\n${name} ${version}\nLicence: ${licence}\n${rule}\n\n${text}\n`,
  );
  return [head, ...parts].join('\n');
}
