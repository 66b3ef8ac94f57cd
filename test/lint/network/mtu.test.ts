import { mtu } from '../../../src/lint/rules/network/mtu.ts';
import { expectFindings, expectNothing } from '../testing.ts';
import { lab } from './lab.ts';

const link = (mtuText: string) =>
  lab({
    links: `vpn: { joins: [Prod_Site/isolated, DR_Site/isolated], bandwidth: 100Mbit/s, mtu: ${mtuText} }`,
  });

describe('network/mtu', () => {
  it('finds a link that carries less than a VRA sends', () => {
    expectFindings(mtu, link('«1400»'), [
      'Link vpn carries packets of at most 1400 bytes, and the VRAs send 1492 (1464 and 28 of header): they arrive in pieces or not at all. Raise this MTU to 1492, or lower that of the VRAs to 1400.',
    ]);
  });

  it('finds a network on the way that does', () => {
    expectFindings(
      mtu,
      lab({
        prodNetworks: `production: { cidr: 10.1.0.0/24, mtu: 576 }
      isolated: { cidr: 192.168.100.0/24, mtu: «1480» }`,
      }),
      [/^Network isolated of Prod_Site carries packets of at most 1480 bytes/],
    );
  });

  it('is content with 1492 and with the usual 1500', () => {
    expectNothing(mtu, link('1492'));
    expectNothing(mtu, lab());
  });
});
