import assert from 'node:assert/strict';
import { missing } from '../../../src/lint/rules/zvm/missing.ts';
import { singleInProtectedSite } from '../../../src/lint/rules/zvm/single-in-protected-site.ts';
import { expectFindings, expectNothing } from '../testing.ts';
import { lab } from '../network/lab.ts';

describe('zvm/missing', () => {
  it('OUT-10: warns of a protected site without a ZVM', () => {
    const [finding] = expectFindings(missing, lab({ prodZvm: '', prodKey: '«Prod_Site»' }), [
      'Prod_Site has no ZVM. Best is one in every protected and every recovery site: with only one, its outage leaves nobody to make checkpoints or start a recovery.',
    ]);
    assert.equal(finding?.severity, 'warning');
  });

  it('OUT-5: is an error where neither end of a VPG has one', () => {
    const findings = expectFindings(
      missing,
      lab({ prodZvm: '', drZvm: '', prodKey: '«Prod_Site»', drKey: '«DR_Site»' }),
      [
        'Neither Prod_Site nor DR_Site has a ZVM, so VPG file-server gets no checkpoints and nothing can recover it. At least one ZVM is needed, best one a site.',
        /^Neither Prod_Site nor DR_Site/,
      ],
    );
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ['error', 'error'],
    );
  });

  it('leaves a recovery site without one to zvm/single-in-protected-site', () => {
    expectNothing(missing, lab({ drZvm: '' }));
  });

  it('says nothing where both have one, one is unreadable, or nothing replicates', () => {
    expectNothing(missing, lab());
    expectNothing(missing, lab({ prodZvm: 'zvm: 5' }));
    expectNothing(missing, lab({ prodZvm: '', pairings: '[]', vpg: '{}' }));
  });
});

describe('zvm/single-in-protected-site', () => {
  const zvm = `«zvm»:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }`;

  it('OUT-10: finds the only ZVM in the protected site', () => {
    const [finding] = expectFindings(singleInProtectedSite, lab({ prodZvm: zvm, drZvm: '' }), [
      'The only ZVM for VPG file-server stands in Prod_Site, the protected site: a disaster there takes it down too, and nothing is left to start the recovery. Give DR_Site a ZVM; if there can be only one, that is its place.',
    ]);
    assert.deepEqual(
      finding?.related.map(({ message }) => message),
      ['DR_Site has no ZVM', 'VPG file-server'],
    );
  });

  it('is content with the only ZVM in the recovery site, and with two', () => {
    expectNothing(singleInProtectedSite, lab({ prodZvm: '' }));
    expectNothing(singleInProtectedSite, lab());
  });

  it('does not speak of sites that are only paired', () => {
    expectNothing(singleInProtectedSite, lab({ drZvm: '', vpg: '{}' }));
  });
});
