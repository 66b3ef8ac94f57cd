import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { workbenchUrl } from '../../scripts/workbench/url.mjs';

describe('the address of a workbench page', () => {
  const token = '0123abcd';
  const parts = (url: string) => {
    const { origin, searchParams } = new URL(url);
    const payload = JSON.parse(searchParams.get('payload') ?? '[]') as [string, string][];
    return {
      origin,
      token: searchParams.get('tkn'),
      folder: searchParams.get('folder'),
      payload: Object.fromEntries(payload),
    };
  };

  it('opens a workspace file instead of a folder', () => {
    const url = new URL(workbenchUrl({ port: 8000, token, workspace: '/labs/a b.code-workspace' }));
    assert.equal(url.searchParams.get('workspace'), '/labs/a b.code-workspace');
    assert.equal(url.searchParams.get('folder'), null);
  });

  it('has no payload where nothing is asked for', () => {
    const { origin, folder, payload } = parts(workbenchUrl({ port: 8000, token, folder: '/labs' }));
    assert.equal(origin, 'http://127.0.0.1:8000');
    assert.equal(folder, '/labs');
    assert.deepEqual(payload, {});
  });

  it('shows the token that the server asks for', () => {
    assert.equal(parts(workbenchUrl({ port: 8000, token, folder: '/labs' })).token, token);
  });

  it('names every path under the authority of the page itself', () => {
    const url = workbenchUrl({
      port: 8000,
      token,
      folder: '/labs',
      openFile: '/labs/two sites.dr.yaml',
      extensionDevelopmentPath: '/src/tidemark',
      extensionTestsPath: '/src/tidemark/dist/test.cjs',
    });
    assert.deepEqual(parts(url).payload, {
      extensionDevelopmentPath: 'vscode-remote://127.0.0.1:8000/src/tidemark',
      extensionTestsPath: 'vscode-remote://127.0.0.1:8000/src/tidemark/dist/test.cjs',
      openFile: 'vscode-remote://127.0.0.1:8000/labs/two%20sites.dr.yaml',
    });
  });

  it('survives spaces, ampersands and hash signs in a folder', () => {
    const folder = '/a b/R&D #1/100% é';
    assert.equal(parts(workbenchUrl({ port: 1, token, folder })).folder, folder);
  });
});
