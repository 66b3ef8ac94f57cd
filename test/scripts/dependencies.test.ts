import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { whatIsStale } from '../../scripts/workbench/dependencies.mjs';

describe('whether dependencies are to be installed', () => {
  const locked = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/yaml': { version: '2.9.1' },
      'node_modules/@esbuild/aix-ppc64': { version: '0.28.2', optional: true },
    },
  };

  it('is so when there are none', () => {
    assert.equal(whatIsStale(locked, undefined), 'none are there yet');
  });

  it('is not so when the lock file is met, whatever other systems would need', () => {
    const installed = { packages: { 'node_modules/yaml': { version: '2.9.1' } } };
    assert.equal(whatIsStale(locked, installed), undefined);
  });

  it('is so when one is missing or of another version', () => {
    const older = { packages: { 'node_modules/yaml': { version: '2.8.0' } } };
    assert.equal(whatIsStale(locked, { packages: {} }), 'yaml 2.9.1 is missing');
    assert.equal(whatIsStale(locked, older), 'yaml 2.9.1 is missing');
  });
});
