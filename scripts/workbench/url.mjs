// @ts-check
import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} Page
 * @property {number} port the server's
 * @property {string} token the server's, without which it shows nothing
 * @property {string} [folder] the folder to open, absolute
 * @property {string} [workspace] the workspace file to open instead, absolute
 * @property {string} [openFile] a file to show at once, absolute
 * @property {string} [extensionDevelopmentPath] absolute
 * @property {string} [extensionTestsPath] absolute
 */

/**
 * The address of a workbench page. What it is to open stands in its payload, and the authority there
 * has to be the page's own: another spelling of it (localhost) is another machine to VS Code.
 *
 * @param {Page} page
 */
export function workbenchUrl({ port, token, folder, workspace, ...payload }) {
  const authority = `127.0.0.1:${port}`;
  const pairs = [];
  for (const key of /** @type {const} */ ([
    'extensionDevelopmentPath',
    'extensionTestsPath',
    'openFile',
  ])) {
    const path = payload[key];
    if (path !== undefined) pairs.push([key, `vscode-remote://${authority}${uriPath(path)}`]);
  }
  const query = new URLSearchParams({ tkn: token });
  for (const [key, path] of Object.entries({ folder, workspace })) {
    if (path !== undefined) query.set(key, decodeURIComponent(uriPath(path)));
  }
  if (pairs.length > 0) query.set('payload', JSON.stringify(pairs));
  // These need no escape in a query, and without them a human can read where it leads.
  const readable = query.toString().replaceAll('%2F', '/').replaceAll('%3A', ':');
  return `http://${authority}/?${readable}`;
}

/** @param {string} path */
function uriPath(path) {
  return pathToFileURL(path).pathname;
}
