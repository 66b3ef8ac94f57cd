// @ts-check
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, writeFileSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { keep, unpack } from './fetch.mjs';
import { cacheDir } from './paths.mjs';

/** A headless Chromium, with the libraries and fonts that it needs, inside the npm registry. */
const spec = { name: '@sparticuz/chromium', version: '153.0.0' };

/**
 * @param {{ log?: (line: string) => void }} options
 * @returns {Promise<{ executablePath: string, env: Record<string, string> }>}
 */
export async function packagedChromium({ log = () => {} }) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No Chromium was found. Install Chromium or Chrome and start again.');
  }
  const folder = await keep({
    cache: cacheDir,
    name: `chromium-${spec.version}`,
    make: async (draft) => {
      log(`No Chromium found: fetching ${spec.name} ${spec.version} (once, 70 MB) ...`);
      await unpack(draft, `${spec.name}@${spec.version}`);
      const bin = join(draft, 'package', 'bin');
      await inflate(join(bin, 'chromium.br'), join(draft, 'chromium'));
      await chmod(join(draft, 'chromium'), 0o755);
      for (const name of ['swiftshader', 'al2023', 'fonts']) {
        const target = name === 'swiftshader' ? draft : join(draft, name);
        const archive = join(draft, `${name}.tar`);
        await inflate(join(bin, `${name}.tar.br`), archive);
        await mkdir(target, { recursive: true });
        const tar = spawnSync('tar', ['-xf', archive, '-C', target], { encoding: 'utf8' });
        if (tar.status !== 0) throw new Error(`tar could not unpack ${name}: ${tar.stderr}`);
        await rm(archive);
      }
      await rm(join(draft, 'package'), { recursive: true });
    },
  });
  const executablePath = join(folder, 'chromium');
  return { executablePath, env: environment(folder, executablePath) };
}

/**
 * The machine's own libraries and fonts are preferred: those in the package were built for another
 * distribution.
 *
 * @param {string} folder
 * @param {string} executablePath
 */
function environment(folder, executablePath) {
  /** @type {Record<string, string>} */
  const env = {};
  const linked = spawnSync('ldd', [executablePath], { encoding: 'utf8' });
  if ((linked.stdout ?? '').includes('not found')) {
    env['LD_LIBRARY_PATH'] = join(folder, 'al2023', 'lib');
  }
  const fonts = spawnSync('fc-list', [], { encoding: 'utf8' }).stdout ?? '';
  if (fonts.trim() === '') {
    const file = join(folder, 'fonts.conf');
    // The one in the package names folders of the cloud functions that it is made for.
    writeFileSync(file, `<fontconfig><dir>${join(folder, 'fonts', 'fonts')}</dir></fontconfig>\n`);
    env['FONTCONFIG_FILE'] = file;
  }
  return env;
}

/**
 * @param {string} from
 * @param {string} to
 */
async function inflate(from, to) {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
}
