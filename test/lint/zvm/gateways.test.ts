import { replicationNicHasGateway } from '../../../src/lint/rules/zvm/replication-nic-has-gateway.ts';
import { replicationNicUnset } from '../../../src/lint/rules/zvm/replication-nic-unset.ts';
import { twoDefaultGateways } from '../../../src/lint/rules/zvm/two-default-gateways.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';
import { lab } from '../network/lab.ts';

interface ZvmParts {
  readonly production?: string;
  readonly isolated?: string;
  readonly rest?: string;
}

const zvm = ({
  production = '',
  isolated = '',
  rest = '\n      replicationNic: isolated',
}: ZvmParts) =>
  lab({
    prodZvm: `zvm:
      nics:
        production: { network: production, address: 10.1.0.20/24${production} }
        isolated: { network: isolated, address: 192.168.100.10/24${isolated} }${rest}`,
  });

describe('zvm/two-default-gateways', () => {
  it('NET-5: finds the gateway of the replication NIC, and removes it', () => {
    const both = zvm({ production: ', gateway: 10.1.0.1', isolated: ', gateway: «192.168.100.1»' });
    expectFindings(twoDefaultGateways, both, [
      'The ZVM of Prod_Site has a second default gateway, 192.168.100.1 on its replication NIC isolated, beside 10.1.0.1 on NIC production: which one takes a packet is left to chance. Keep one, and reach the networks behind the other by persistent routes.',
    ]);
    expectFix(
      twoDefaultGateways,
      both,
      zvm({ production: ', gateway: 10.1.0.1' }),
      'Remove the gateway of NIC isolated',
    );
  });

  it('finds it whichever NIC comes first', () => {
    expectFindings(
      twoDefaultGateways,
      zvm({
        production: ', gateway: «10.1.0.1»',
        isolated: ', gateway: 192.168.100.1',
        rest: '\n      replicationNic: production',
      }),
    );
  });

  it('takes the later one where the file does not say which NIC replicates', () => {
    expectFindings(
      twoDefaultGateways,
      zvm({ production: ', gateway: 10.1.0.1', isolated: ', gateway: «192.168.100.1»', rest: '' }),
      [/on NIC isolated, beside/],
    );
  });

  it('counts a route to everything as one', () => {
    const route = (mark: string) =>
      zvm({
        production: ', gateway: 10.1.0.1',
        rest: `
      replicationNic: isolated
      routes:
        ${mark}`,
      });
    expectFindings(
      twoDefaultGateways,
      route('- «{ to: 0.0.0.0/0, via: 192.168.100.1, nic: isolated, persistent: true }»'),
    );
  });

  it('says nothing about one', () => {
    expectNothing(twoDefaultGateways, lab());
    expectNothing(twoDefaultGateways, zvm({ isolated: ', gateway: 192.168.100.1' }));
  });
});

describe('zvm/replication-nic-has-gateway', () => {
  it('NET-5: finds the only default gateway on the replication NIC', () => {
    expectFindings(replicationNicHasGateway, zvm({ isolated: ', gateway: «192.168.100.1»' }), [
      "The only default gateway of the ZVM of Prod_Site, 192.168.100.1, is on its replication NIC isolated, so whatever has no route of its own leaves by the replication network. Put the default gateway on NIC production, and route the peers' networks by isolated.",
    ]);
  });

  it('says nothing about the other NIC, a single NIC, or two gateways', () => {
    expectNothing(replicationNicHasGateway, lab());
    expectNothing(
      replicationNicHasGateway,
      zvm({ production: ', gateway: 10.1.0.1', isolated: ', gateway: 192.168.100.1' }),
    );
    expectNothing(
      replicationNicHasGateway,
      lab({
        prodZvm: `zvm:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }`,
      }),
    );
  });
});

describe('zvm/replication-nic-unset', () => {
  const unset = (nics: string, rest: string) =>
    lab({
      prodZvm: `zvm:
      ${nics}:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }
        isolated: { network: isolated, address: 192.168.100.10/24 }${rest}`,
    });

  it('NET-8: finds a ZVM that does not say which address its peers use', () => {
    expectFindings(replicationNicUnset, unset('«nics»', ''), [
      "The ZVM of Prod_Site has the NICs production and isolated, and the file does not say which one's address its peers use. Name it as replicationNic.",
    ]);
  });

  it('the fix names one', () => {
    expectFix(
      replicationNicUnset,
      unset('«nics»', ''),
      unset('nics', '\n      replicationNic: isolated'),
      'Replicate by NIC isolated',
    );
  });

  it('says nothing where it is named, or there is only one', () => {
    expectNothing(replicationNicUnset, lab());
    expectNothing(
      replicationNicUnset,
      lab({ prodZvm: 'zvm: { nics: { n: { network: production, address: 10.1.0.20/24 } } }' }),
    );
  });
});
