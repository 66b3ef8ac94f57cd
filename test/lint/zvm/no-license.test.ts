import { noLicense } from '../../../src/lint/rules/zvm/no-license.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';
import { lab } from '../network/lab.ts';

const zvm = (license: string) =>
  lab({
    prodZvm: `zvm:
      license: ${license}
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }`,
  });

describe('zvm/no-license', () => {
  it('VRA-2: finds a ZVM without a licence', () => {
    expectFindings(noLicense, zvm('«false»'), [
      'The ZVM of Prod_Site has no licence. It asks for one before VRAs can be installed, sites paired and VPGs created.',
    ]);
    expectFix(noLicense, zvm('«false»'), zvm('true'));
  });

  it('says nothing where there is one, or the file is silent', () => {
    expectNothing(noLicense, zvm('true'));
    expectNothing(noLicense, lab());
  });
});
