// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What VS Code would say nothing about and a user would stumble over: commands in menus that nobody
 * declared, files that the manifest names and that are not there.
 *
 * @param {any} manifest
 * @param {(path: string) => boolean} exists
 * @returns {string[]} problems
 */
export function manifestProblems(manifest, exists) {
  const contributes = manifest.contributes ?? {};
  /** @type {string[]} */
  const problems = [];
  /** @param {any} list @param {string} key */
  const names = (list, key) => new Set((list ?? []).map((/** @type {any} */ each) => each[key]));

  const commands = names(contributes.commands, 'command');
  for (const [menu, items] of Object.entries(contributes.menus ?? {})) {
    for (const { command, submenu } of /** @type {any[]} */ (items)) {
      if (command !== undefined && !commands.has(command)) {
        problems.push(`menus.${menu} shows ${command}, which no command declares.`);
      }
      if (submenu !== undefined && !names(contributes.submenus, 'id').has(submenu)) {
        problems.push(`menus.${menu} shows the submenu ${submenu}, which is not declared.`);
      }
    }
  }
  for (const { command } of contributes.keybindings ?? []) {
    if (command.startsWith(`${manifest.name}.`) && !commands.has(command)) {
      problems.push(`A key binding calls ${command}, which no command declares.`);
    }
  }
  const containers = Object.values(contributes.viewsContainers ?? {}).flat();
  const known = new Set(['explorer', 'scm', 'debug', 'test', 'remote']);
  for (const { id } of /** @type {any[]} */ (containers)) known.add(id);
  for (const container of Object.keys(contributes.views ?? {})) {
    if (!known.has(container)) problems.push(`views.${container} is no container.`);
  }
  for (const path of namedFiles(manifest)) {
    if (!exists(path)) problems.push(`${path} is named in package.json and does not exist.`);
  }
  return problems;
}

/** @param {any} manifest */
function namedFiles(manifest) {
  const bin = typeof manifest.bin === 'string' ? [manifest.bin] : Object.values(manifest.bin ?? {});
  const found = new Set([manifest.main, manifest.icon, ...bin].filter(Boolean));
  walk(manifest.contributes, found);
  return [...found];
}

/**
 * Wherever it stands: what looks like a path to one of our own files is one.
 *
 * @param {unknown} value
 * @param {Set<string>} found
 */
function walk(value, found) {
  if (typeof value === 'string') {
    if (/^(\.\/)?[\w-]+(\/[\w.-]+)+\.(svg|png|md|json|jpg|woff2?)$/.test(value)) found.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) walk(each, found);
  }
}

/** @param {string} root */
export function fileExists(root) {
  return (/** @type {string} */ path) => existsSync(join(root, path));
}
