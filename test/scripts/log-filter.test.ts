import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { consoleLine, worthShowing } from '../../scripts/workbench/log-filter.mjs';

describe('the log filter', () => {
  for (const line of [
    '',
    'Resolving connection token (127.0.0.1:41031)...',
    'Creating a socket (renderer-Management-47a480b2) was successful after 17 ms.',
    '[reconnection-grace-time] Client received grace time from server: 3000ms (3s)',
    'Ignoring fetching additional builtin extensions from gallery as it is disabled.',
    '[AgentHost:remote] Initializing (remoteAuthority=127.0.0.1:41031)',
    "Cannot find module './build/Release/watchdog'",
    'Error: Could not locate the bindings file. Tried: spdlog.node',
    '[lifecycle] onBeforeUnload triggered and handled with veto support',
  ]) {
    it(`drops "${line.slice(0, 40)}"`, () => {
      assert.equal(worthShowing(line), false);
    });
  }

  for (const line of [
    'Tidemark: the language server is ready',
    "TypeError: Cannot read properties of undefined (reading 'vpgs')",
    "Error: Cannot find module '../dist/extension.cjs'",
    'journal: 3 gaps in vpg-web',
  ]) {
    it(`keeps "${line.slice(0, 40)}"`, () => {
      assert.equal(worthShowing(line), true);
    });
  }

  it('says of errors that they are, and leaves out frames that are not ours', () => {
    const stack = [
      'Error: boom',
      '    at activate (/src/tidemark/dist/extension.cjs:3:1)',
      '    at Module._compile (node:internal/modules/cjs/loader:1760:14)',
    ].join('\n');
    assert.equal(
      consoleLine('error', [stack]),
      'error: Error: boom\n    at activate (/src/tidemark/dist/extension.cjs:3:1)',
    );
  });

  it('writes out what is no string', () => {
    assert.equal(consoleLine('log', ['counts', { a: 1 }]), 'counts {"a":1}');
  });
});
