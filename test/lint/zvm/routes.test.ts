import assert from 'node:assert/strict';
import { missingRoute } from '../../../src/lint/rules/zvm/missing-route.ts';
import { routeGatewayOffLink } from '../../../src/lint/rules/zvm/route-gateway-off-link.ts';
import { routeNotPersistent } from '../../../src/lint/rules/zvm/route-not-persistent.ts';
import { routeUnknownDestination } from '../../../src/lint/rules/zvm/route-unknown-destination.ts';
import { applyEdits } from '../../../src/lint/fix.ts';
import { expectFindings, expectFix, expectNothing, fixOf, marked } from '../testing.ts';
import { lab } from '../network/lab.ts';
import type { LabParts } from '../network/lab.ts';

/** The ZVM of Prod_Site with the given rest behind its NICs. */
const prod = (rest: string, zvmKey = 'zvm', parts: LabParts = {}) =>
  lab({
    prodZvm: `${zvmKey}:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }
        isolated: { network: isolated, address: 192.168.100.10/24 }
      replicationNic: isolated${rest}`,
    ...parts,
  });
const routed = (...routes: string[]) =>
  prod(`\n      routes:${routes.map((route) => `\n        - ${route}`).join('')}`);

describe('zvm/missing-route', () => {
  it('NET-6: finds traffic to a peer that would leave by the management NIC', () => {
    const [finding] = expectFindings(missingRoute, prod('', '«zvm»'), [
      'The ZVM of Prod_Site sends what is for the ZVM of DR_Site (10.10.10.5) by NIC production (its default gateway 10.1.0.1), not by its replication NIC isolated: it has no route to 10.10.10.0/24. Add a persistent route to 10.10.10.0/24 by NIC isolated via 192.168.100.1.',
    ]);
    assert.equal(finding?.severity, 'error');
  });

  /** Whether an address is written in quotes is a matter of the text edits, not of this rule. */
  const expectRoute = (source: string, after: string, title: string) => {
    const [finding] = expectFindings(missingRoute, source);
    const fixed = applyEdits(marked(source).text, fixOf(finding, title).edits);
    assert.equal(fixed.replaceAll(/via: "([\d.]+)"/g, 'via: $1'), after);
    expectNothing(missingRoute, fixed);
  };

  it("the fix writes the route, with the gateway of the network's VRA", () => {
    expectRoute(
      prod('', '«zvm»'),
      routed('{ to: 10.10.10.0/24, via: 192.168.100.1, nic: isolated, persistent: true }'),
      'Add a route to 10.10.10.0/24 via 192.168.100.1',
    );
  });

  it('the fix goes beside the routes that are there, with their gateway', () => {
    const other = '{ to: 172.16.0.0/12, via: 192.168.100.254, nic: isolated, persistent: true }';
    expectRoute(
      routed(other).replace('routes:', '«routes»:'),
      routed(other, '{ to: 10.10.10.0/24, via: 192.168.100.254, nic: isolated, persistent: true }'),
      'Add a route to 10.10.10.0/24 via 192.168.100.254',
    );
  });

  it('the fix is applied without a look only where the file knows one router', () => {
    const other = '{ to: 172.16.0.0/12, via: 192.168.100.254, nic: isolated, persistent: true }';
    const [one] = expectFindings(missingRoute, prod('', '«zvm»'));
    const [two] = expectFindings(missingRoute, routed(other).replace('routes:', '«routes»:'));
    assert.deepEqual(
      [one, two].map((finding) => finding?.fixes[0]?.safe),
      [true, false],
    );
  });

  it('has no fix where nothing tells the gateway, and says whose router is needed', () => {
    const [finding] = expectFindings(
      missingRoute,
      prod('', '«zvm»', {
        prodVra:
          'memory: 3GiB\n          datastore: ds-p\n          network: isolated\n          address: dhcp',
      }),
      [
        /Add a persistent route to 10\.10\.10\.0\/24 by NIC isolated, by way of the router of network isolated\.$/,
      ],
    );
    assert.deepEqual(finding?.fixes, []);
  });

  it('finds a ZVM with one NIC and no way out', () => {
    expectFindings(
      missingRoute,
      lab({
        prodZvm: '«zvm»: { nics: { isolated: { network: isolated, address: 192.168.100.10/24 } } }',
      }),
      [
        /^The ZVM of Prod_Site has nothing that takes what is for the ZVM of DR_Site \(10\.10\.10\.5\)/,
      ],
    );
  });

  it('finds a route by the wrong NIC, and turns it', () => {
    const wrong = '{ to: 10.10.10.0/24, via: 10.1.0.1, nic: production, persistent: true }';
    expectFix(
      missingRoute,
      routed(wrong).replace('routes:', '«routes»:'),
      routed('{ to: 10.10.10.0/24, via: 192.168.100.1, nic: isolated, persistent: true }'),
      'Send 10.10.10.0/24 by NIC isolated via 192.168.100.1',
    );
  });

  it('NET-5: does not count on one of two default gateways', () => {
    expectFindings(
      missingRoute,
      lab({
        prodZvm: `«zvm»:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }
        isolated: { network: isolated, address: 192.168.100.10/24, gateway: 192.168.100.1 }
      replicationNic: isolated`,
      }),
      [
        /by NIC isolated only as long as its default gateway 192\.168\.100\.1 is picked of several: it has no route/,
      ],
    );
  });

  it('NET-9: offers to correct a route that is a digit off, instead of another one', () => {
    const typo = (to: string) =>
      `{ to: ${to}, via: 192.168.100.1, nic: isolated, persistent: true }`;
    const source = routed(typo('10.10.19.0/24')).replace('routes:', '«routes»:');
    expectFindings(missingRoute, source, [
      /Its route to 10\.10\.19\.0\/24 is probably meant for it\.$/,
    ]);
    expectFix(missingRoute, source, routed(typo('10.10.10.0/24')));
  });

  it("only warns where a network holds nothing but the peer's VRAs", () => {
    const [finding] = expectFindings(
      missingRoute,
      routed('{ to: 10.10.10.0/24, via: 192.168.100.1, nic: isolated, persistent: true }')
        .replace('routes:', '«routes»:')
        .replace(
          'isolated: { cidr: 10.10.10.0/24 }',
          'isolated: { cidr: 10.10.10.0/24 }\n      vras: { cidr: 10.20.0.0/24 }',
        )
        .replace(
          'network: isolated\n          address: 10.10.10.21/24\n          gateway: 10.10.10.1',
          'network: vras\n          address: 10.20.0.21/24\n          gateway: 10.20.0.1',
        ),
      [/what is for the VRA on esx-d1 \(10\.20\.0\.21\)/],
    );
    assert.equal(finding?.severity, 'warning');
  });

  it('says nothing about routes that do, a single NIC with a gateway, and what is not peered', () => {
    expectNothing(missingRoute, lab());
    expectNothing(missingRoute, routed('{ to: 10.10.0.0/16, via: 192.168.100.1, nic: isolated }'));
    expectNothing(
      missingRoute,
      lab({
        prodZvm:
          'zvm: { nics: { n: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 } } }',
        drZvm:
          'zvm: { nics: { n: { network: production, address: 10.2.0.20/24, gateway: 10.2.0.1 } } }',
        prodVra:
          'memory: 3GiB\n          datastore: ds-p\n          network: production\n          address: dhcp',
      }),
    );
    expectNothing(missingRoute, prod('', 'zvm', { pairings: '[]', vpg: '{}' }));
  });

  it('waits while a route cannot be read', () => {
    expectNothing(missingRoute, routed('{ to: 10.10.10.0/33, via: 192.168.100.1, nic: isolated }'));
  });
});

describe('zvm/route-not-persistent', () => {
  const route = (to: string, rest: string) =>
    routed(`{ to: ${to}, via: 192.168.100.1, nic: isolated${rest} }`);

  it('NET-6: finds a route without persistent, and adds it', () => {
    expectFindings(routeNotPersistent, route('«10.10.10.0/24»', ''), [
      'The route to 10.10.10.0/24 of the ZVM of Prod_Site is gone after its next restart, and with it the way to the peer. Make it persistent (route ADD with -p).',
    ]);
    expectFix(
      routeNotPersistent,
      route('«10.10.10.0/24»', ''),
      route('10.10.10.0/24', ', persistent: true'),
    );
  });

  it('finds persistent: false, and corrects it', () => {
    expectFix(
      routeNotPersistent,
      route('10.10.10.0/24', ', persistent: «false»'),
      route('10.10.10.0/24', ', persistent: true'),
      'Make the route persistent',
    );
  });

  it('says nothing about a persistent one', () => {
    expectNothing(routeNotPersistent, lab());
  });
});

describe('zvm/route-unknown-destination', () => {
  const right = '{ to: 10.10.10.0/24, via: 192.168.100.1, nic: isolated, persistent: true }';
  const routeTo = (to: string) =>
    routed(right, `{ to: ${to}, via: 192.168.100.1, nic: isolated, persistent: true }`).replace(
      'sites:\n',
      'sites:\n  Third: { platform: vsphere, networks: { isolated: { cidr: 192.168.200.0/24 } } }\n',
    );

  it('NET-9: catches 102.168.200.0 and offers 192.168.200.0', () => {
    expectFindings(routeUnknownDestination, routeTo('«102.168.200.0/24»'), [
      '102.168.200.0/24 belongs to no network of the file, so this route of the ZVM of Prod_Site leads to nobody. Is 192.168.200.0/24 meant?',
    ]);
    expectFix(
      routeUnknownDestination,
      routeTo('«102.168.200.0/24»'),
      routeTo('192.168.200.0/24'),
      'Change to 192.168.200.0/24',
    );
  });

  it('has no fix where nothing is near', () => {
    const [finding] = expectFindings(routeUnknownDestination, routeTo('«172.30.0.0/16»'), [
      /Declare the network, correct the destination or remove the route\.$/,
    ]);
    assert.deepEqual(finding?.fixes, []);
  });

  it('says nothing about a declared network, a part of one, a range that holds one, or everything', () => {
    for (const to of ['192.168.200.0/24', '192.168.200.128/25', '192.168.0.0/16', '0.0.0.0/0']) {
      expectNothing(routeUnknownDestination, routeTo(to));
    }
  });
});

describe('zvm/route-gateway-off-link', () => {
  const route = (via: string, nic = 'isolated') =>
    routed(
      '{ to: 172.16.0.0/12, via: 192.168.100.254, nic: isolated, persistent: true }',
      `{ to: 10.10.10.0/24, via: ${via}, nic: ${nic}, persistent: true }`,
    );

  it('NET-6: finds a gateway outside the range of the NIC', () => {
    expectFindings(routeGatewayOffLink, route('«10.10.10.1»'), [
      'The route to 10.10.10.0/24 goes via 10.10.10.1, which is outside the range 192.168.100.0/24 of NIC isolated, so the NIC cannot hand it a packet. Name the router of network isolated.',
    ]);
    expectFix(
      routeGatewayOffLink,
      route('«10.10.10.1»'),
      route('192.168.100.254'),
      'Change the gateway to 192.168.100.254',
    );
  });

  it('offers the NIC in whose range the gateway is', () => {
    expectFix(
      routeGatewayOffLink,
      route('«192.168.100.1»', 'production'),
      route('192.168.100.1', 'isolated'),
      'Send it by NIC isolated',
    );
  });

  it("finds the NIC's own address", () => {
    expectFindings(routeGatewayOffLink, route('«192.168.100.10»'), [
      /is NIC isolated's own address/,
    ]);
  });

  it('says nothing about a gateway on the link', () => {
    expectNothing(routeGatewayOffLink, lab());
  });
});
