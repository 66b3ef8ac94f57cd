import { rootPassword } from '../../../src/lint/rules/host/root-password.ts';
import assert from 'node:assert/strict';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const vra =
  'vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24 }';
const host = (fields: string): string => lab({ prodHosts: `esx-p1: { ${fields}, ${vra} }` });
const markedHost = (fields: string): string => host(fields).replace('esx-p1:', '«esx-p1»:');

describe('host/root-password', () => {
  it('VRA-8: user credentials suit 5.5 and later, root those before', () => {
    expectNothing(rootPassword, host('version: "5.5", credentials: user'));
    expectNothing(rootPassword, host('version: "6.7"'));
    expectNothing(rootPassword, host('version: "5.1", credentials: root'));
  });

  it('VRA-8: a host before 5.5 needs the root password', () => {
    const [finding] = expectFindings(rootPassword, host('version: "5.1", credentials: «user»'), [
      /^esx-p1 runs ESX\/ESXi 5\.1\. Before 5\.5 the installation of a VRA needs the password/,
    ]);
    assert.equal(finding?.severity, 'error');
  });

  it('VRA-8: the fix asks for root, also where no credentials stand', () => {
    expectFix(
      rootPassword,
      host('version: "5.1", credentials: «none»'),
      host('version: "5.1", credentials: root'),
    );
    expectFix(
      rootPassword,
      markedHost('version: "5.1"'),
      lab({ prodHosts: `esx-p1: { version: "5.1", ${vra}, credentials: root }` }),
    );
  });

  it('VRA-8: root is not needed from 5.5 on, which is information', () => {
    const [finding] = expectFindings(rootPassword, host('version: "6.7", credentials: «root»'), [
      /the root password is not needed/,
    ]);
    assert.equal(finding?.severity, 'information');
    expectFix(
      rootPassword,
      host('version: "6.7", credentials: «root»'),
      host('version: "6.7", credentials: user'),
      'Use user credentials for esx-p1',
    );
  });

  it("a host whose version nobody can read, or is too old anyway, is another rule's business", () => {
    expectNothing(rootPassword, host('version: "six", credentials: none'));
    expectNothing(rootPassword, host('version: "3.5", credentials: none'));
  });
});
