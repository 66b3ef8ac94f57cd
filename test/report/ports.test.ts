import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { portsCsv, portsOf, portsText } from '../../src/report/ports.ts';
import { csvTable } from '../../src/report/table.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { lab } from '../lint/lab.ts';

const portsIn = (text: string) => portsOf(loadTopology(text, 'test.dr.yaml').topology);
const seedLab = readFileSync('examples/seed-lab.dr.yaml', 'utf8');

describe('the firewall matrix', () => {
  it('NET-3: holds each flow with its addresses, its port and its reason', () => {
    const rows = portsIn(seedLab);
    assert.ok(rows.every(({ open }) => open));
    const shown = rows.map(
      (row) => `${row.fromAddress} ${row.toAddress} ${row.protocol}/${row.port}`,
    );
    for (const row of [
      '10.1.0.20 10.1.0.10 tcp/443',
      '10.1.0.20 10.1.0.2 udp/53',
      '10.1.0.20 10.1.0.31 tcp/22',
      '192.168.100.10 192.168.100.21 tcp/4006',
      '192.168.100.10 10.10.10.5 tcp/9071',
      '10.10.10.5 192.168.100.10 tcp/9081',
      '192.168.100.21 10.10.10.21 tcp/4008',
    ]) {
      assert.ok(shown.includes(row), row);
    }
  });

  it('says what is closed, and where', () => {
    const text = lab({
      link: 'joins: [Prod_Site/isolated, DR_Site/isolated]\nbandwidth: 100Mbit/s\nallow: [9071, 9081, 4007]',
    });
    const closed = portsIn(text).filter(({ open }) => !open);
    assert.deepEqual(
      closed.map(({ from, port, stoppedBy }) => [from, port, stoppedBy]),
      [['the VRA on esx-p1', 4008, 'link mpls does not let port 4008 through']],
    );
    const shown = portsText(portsIn(text));
    assert.match(shown, /tcp\/4008 .*CLOSED\n/);
    assert.match(
      shown,
      /\nlink mpls does not let port 4008 through\.\n\d+ connections, 1 closed\.\n$/,
    );
  });

  it('shows the range of a VRA that gets its address by DHCP', () => {
    const text = lab({
      prodHosts:
        'esx-p1:\n  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: dhcp }',
    });
    const row = portsIn(text).find(({ kind }) => kind === 'vra-vra');
    assert.equal(row?.fromAddress, '192.168.100.0/24');
  });

  it('of a file with nothing in it says so', () => {
    assert.match(portsText(portsIn('version: 1\nname: x\nsites: {}\n')), /Nothing in this file/);
  });

  it('as CSV has a line for each row, and as many cells as the head', () => {
    const rows = portsIn(seedLab);
    const lines = portsCsv(rows).split('\r\n');
    assert.equal(lines.length, rows.length + 2);
    assert.equal(lines.at(-1), '');
    for (const line of lines.slice(0, -1)) assert.equal(line.split(',').length, 12, line);
  });

  it('as CSV quotes what holds a comma, a quote or a line break, and disarms formulas', () => {
    assert.equal(
      csvTable(
        ['a', 'b'],
        [
          ['x, "y"\nz', '=1+1'],
          ['', '-'],
        ],
      ),
      'a,b\r\n"x, ""y""\nz",\'=1+1\r\n,\'-\r\n',
    );
  });
});
