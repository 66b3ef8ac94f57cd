import assert from 'node:assert/strict';
import { missingForInstallation } from '../../../src/engine/zvm/installation.ts';
import type { InstallationHost } from '../../../src/engine/zvm/installation.ts';

const gib = 1024 ** 3;

describe('what the installation of a VRA needs', () => {
  const missing = (host: Partial<InstallationHost>, memory = gib): string[] =>
    missingForInstallation('Prod_Site/esx-p1', {
      memory,
      host: { version: undefined, ports: undefined, credentials: 'none', ...host },
    });

  it('VRA-6: 1 GiB of memory, on whatever platform', () => {
    const wanted = ['1 GiB of reserved memory for the VRA on Prod_Site/esx-p1'];
    assert.deepEqual(missing({}, gib - 1), wanted);
    assert.deepEqual(missing({}, gib), []);
    assert.deepEqual(
      missingForInstallation('Prod_Site/esx-p1', { memory: 1, host: undefined }),
      wanted,
    );
  });

  it('VRA-7: ESX/ESXi 4.0 U1 or later, and ports 22 and 443', () => {
    assert.match(missing({ version: '4.0', credentials: 'root' }).join(), /4\.0 U1 or later/);
    assert.deepEqual(missing({ version: '4.0 U1', credentials: 'root' }), []);
    assert.match(missing({ ports: [] }).join(), /port 22 and 443/);
    assert.match(missing({ ports: [443, 80] }).join(), /port 22 of/);
    assert.deepEqual(missing({ ports: [443, 22] }), []);
  });

  it('VRA-8: before 5.5 the root password', () => {
    assert.match(missing({ version: '5.1', credentials: 'user' }).join(), /root password/);
    assert.deepEqual(missing({ version: '5.1', credentials: 'root' }), []);
    assert.deepEqual(missing({ version: '5.5', credentials: 'none' }), []);
  });

  it('and what nobody has said is no obstacle; all that is missing is named at once', () => {
    assert.deepEqual(missing({}), []);
    assert.equal(missing({ version: '4.0', ports: [] }, 0).length, 3);
  });
});
