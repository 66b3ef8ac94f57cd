import assert from 'node:assert/strict';
import { neededRoutesOf } from '../../src/lint/needed-routes.ts';
import { routesData, routesOf, routesText } from '../../src/report/routes.ts';
import type { RouteOptions } from '../../src/report/routes.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { lab } from '../lint/lab.ts';

const routes = (text: string, options: Omit<RouteOptions, 'missingOf'> = {}) => {
  const { topology } = loadTopology(text, 'test.dr.yaml');
  return routesOf(topology, { ...options, missingOf: (zvm) => neededRoutesOf(topology, zvm) });
};
const statements = (text: string, options?: Omit<RouteOptions, 'missingOf'>): readonly string[] =>
  routes(text, options).flatMap((zvm) => zvm.routes.flatMap((route) => route.statements));

/** What a shell would run. */
const code = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !/^(REM|#) /.test(line));

const withoutRoute = lab().replace(/ {6}routes:\n.*10\.10\.10\.0.*\n/, '');

describe('route statements', () => {
  it('NET-7: are route ADD … IF n -p on Windows', () => {
    assert.deepEqual(statements(lab()), [
      'route ADD 10.10.10.0 MASK 255.255.255.0 192.168.100.1 IF <n> -p',
      'route ADD 192.168.100.0 MASK 255.255.255.0 10.10.10.1 IF <n> -p',
    ]);
    const text = routesText(routes(lab()));
    assert.deepEqual(code(text), statements(lab()));
    assert.match(text, /Get-NetIPAddress -IPAddress 192\.168\.100\.10\)\.InterfaceIndex/);
  });

  it('NET-7: are ip route and its lasting form on a Linux ZVM', () => {
    const linux = lab().replaceAll('    zvm:\n', '    zvm:\n      os: linux\n');
    const [first, second] = statements(linux);
    assert.equal(first, 'ip route add 10.10.10.0/24 via 192.168.100.1 dev "$DEV"');
    assert.match(
      second ?? '',
      /^nmcli connection modify .*\+ipv4\.routes "10\.10\.10\.0\/24 192\.168\.100\.1"$/,
    );
    const lines = code(routesText(routes(linux)));
    assert.match(lines[0] ?? '', /^DEV=\$\(ip -o -4 address show to 192\.168\.100\.10 /);
    assert.deepEqual(statements(lab(), { system: 'linux' }), statements(linux));
  });

  it('NET-6: hold what is missing and needed, marked, with the router that the file knows', () => {
    const [prod] = routes(withoutRoute);
    assert.deepEqual(
      prod?.routes.map(({ state, nic, who }) => [state, nic, who]),
      [['missing', 'isolated', 'the ZVM of DR_Site']],
    );
    const text = routesText(routes(withoutRoute));
    assert.match(
      text,
      /REM MISSING in the file: 10\.10\.10\.0\/24, for the ZVM of DR_Site\.\nroute ADD 10\.10\.10\.0 /,
    );
    assert.deepEqual(code(text).toSorted(), [...statements(lab())].toSorted());
  });

  it('are left out where no router is known, which is said', () => {
    const text = withoutRoute.replace(', gateway: 192.168.100.1', '');
    assert.deepEqual(statements(text, {}), [
      'route ADD 192.168.100.0 MASK 255.255.255.0 10.10.10.1 IF <n> -p',
    ]);
    assert.match(routesText(routes(text)), /does not name the router of NIC isolated/);
  });

  it('say so where the next restart forgets them', () => {
    const text = lab().replace(', persistent: true', '');
    assert.equal(
      statements(text)[0],
      'route ADD 10.10.10.0 MASK 255.255.255.0 192.168.100.1 IF <n>',
    );
    assert.match(routesText(routes(text)), /REM 10\.10\.10\.0\/24: not persistent/);
    assert.equal(statements(text, { system: 'linux' }).length, 3);
  });

  it('leave out a route that takes what is for a peer by the wrong NIC', () => {
    const text = lab({
      prodNetworks: 'isolated: { cidr: 192.168.100.0/24 }\nproduction: { cidr: 10.1.0.0/24 }',
    })
      .replace(
        '        isolated: { network: isolated, address: 192.168.100.10/24 }\n',
        '        isolated: { network: isolated, address: 192.168.100.10/24 }\n' +
          '        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }\n' +
          '      replicationNic: isolated\n',
      )
      .replace('via: 192.168.100.1, nic: isolated', 'via: 10.1.0.1, nic: production');
    assert.deepEqual(
      routes(text)[0]?.routes.map(({ state, nic }) => [state, nic]),
      [
        ['wrong', 'production'],
        ['missing', 'isolated'],
      ],
    );
    assert.equal(
      statements(text)[0],
      'route ADD 10.10.10.0 MASK 255.255.255.0 192.168.100.1 IF <n> -p',
    );
  });

  it('are those of one site, where one is asked for', () => {
    const { topology } = loadTopology(lab(), 'test.dr.yaml');
    const site = topology.sites.get('DR_Site')!;
    assert.deepEqual(
      routesOf(topology, { site, missingOf: () => [] }).map((each) => each.site),
      ['DR_Site'],
    );
  });

  it('are there for programs, with null for what is not known', () => {
    const [first] = routesData(routes(lab()));
    assert.deepEqual(first, {
      site: 'Prod_Site',
      os: 'windows',
      replicationNic: 'isolated',
      routes: [
        {
          state: 'declared',
          nic: 'isolated',
          address: '192.168.100.10',
          to: '10.10.10.0/24',
          mask: '255.255.255.0',
          via: '192.168.100.1',
          persistent: true,
          for: null,
          statements: ['route ADD 10.10.10.0 MASK 255.255.255.0 192.168.100.1 IF <n> -p'],
        },
      ],
    });
  });
});
