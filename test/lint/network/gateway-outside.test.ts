import { gatewayOutside } from '../../../src/lint/rules/network/gateway-outside.ts';
import { expectFindings, expectNothing } from '../testing.ts';
import { lab } from './lab.ts';

const vra = (address: string, gateway: string) => `memory: 3GiB
          datastore: ds-p
          network: isolated
          address: ${address}
          gateway: ${gateway}`;

describe('network/gateway-outside', () => {
  it('finds a gateway that a VRA or a ZVM cannot reach', () => {
    expectFindings(gatewayOutside, lab({ prodVra: vra('192.168.100.21/24', '«10.1.0.1»') }), [
      'The VRA on esx-p1 cannot use 10.1.0.1 as its gateway: it is outside 192.168.100.0/24, so the NIC cannot reach it. Name the router of that network.',
    ]);
    expectFindings(
      gatewayOutside,
      lab({
        prodZvm: `zvm:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: «10.1.1.1» }`,
      }),
      [/^NIC production of the ZVM of Prod_Site cannot use 10\.1\.1\.1/],
    );
  });

  it("measures a DHCP VRA's gateway by its network", () => {
    expectFindings(gatewayOutside, lab({ prodVra: vra('dhcp', '«10.1.0.1»') }));
  });

  it('says nothing about gateways on the link', () => {
    expectNothing(gatewayOutside, lab());
  });
});
