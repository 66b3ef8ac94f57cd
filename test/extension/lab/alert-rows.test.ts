import assert from 'node:assert/strict';
import type { Alert } from '../../../src/engine/api.ts';
import {
  alertRows,
  describeAlert,
  detailsOf,
  tooltipOf,
  type AlertSource,
} from '../../../src/extension/lab/alert-rows.ts';

const now = new Date(2026, 10, 25, 3, 10, 0).getTime();
const minute = 60_000;

const alert = (
  id: string,
  level: Alert['level'],
  ago: number,
  more: Partial<Alert> = {},
): Alert => ({
  id,
  level,
  site: 'Bonn',
  message: `${id} says so`,
  vpgs: [],
  raised: now - ago * minute,
  ...more,
});
const source = (uri: string, ...alerts: Alert[]): AlertSource => ({
  uri,
  name: uri.toUpperCase(),
  snapshot: { alerts, now },
});

describe('the rows of the alerts view', () => {
  it('are the alerts that stand: errors first, and of each the newest', () => {
    const rows = alertRows([
      source(
        'a',
        alert('VPG0009', 'warning', 1),
        alert('ZVM0003', 'error', 5),
        alert('ZVM0002', 'error', 3),
        alert('VPG0050', 'warning', 2, { cleared: now }),
      ),
    ]);
    assert.deepEqual(
      rows.map((row) => row.alert.id),
      ['ZVM0002', 'ZVM0003', 'VPG0009'],
    );
  });

  it('keep their ids while they stand, and two of the same identifier have two', () => {
    const one = alert('ZVM0003', 'error', 5);
    const two = alert('ZVM0003', 'error', 5, { site: 'Berlin' });
    const keys = alertRows([source('a', one, two)]).map(({ key }) => key);
    assert.equal(new Set(keys).size, 2);
    const later = { ...source('a', one, two), snapshot: { alerts: [one, two], now: now + minute } };
    assert.deepEqual(
      alertRows([later]).map(({ key }) => key),
      keys,
    );
  });

  it('tell what is said, of which VPGs and since when', () => {
    const [row] = alertRows([
      source('a', alert('VPG0009', 'warning', 3, { vpgs: ['shop', 'erp'] })),
    ]);
    assert.ok(row);
    assert.equal(
      describeAlert(row),
      'target RPO exceeded (warning) · shop, erp · since 03:07:00 at Bonn',
    );
    assert.match(tooltipOf(row), /^VPG0009, a warning: VPG0009 says so\nAt Bonn, of shop, erp\n/);
    assert.match(tooltipOf(row), /, for 3 min$/);
  });

  it('open to their VPGs, to their origin and to their page', () => {
    const [row] = alertRows([source('a', alert('VPG0009', 'warning', 3, { vpgs: ['shop'] }))]);
    assert.ok(row);
    const details = detailsOf(row);
    assert.deepEqual(
      details.map(({ kind }) => kind),
      ['fact', 'vpg', 'fact', 'page'],
    );
    assert.equal(new Set(details.map(({ key }) => key)).size, 4);
  });

  it('name the lab where several run', () => {
    const rows = alertRows([source('a', alert('ZVM0003', 'error', 1)), source('b')]);
    assert.equal(rows[0]?.lab, 'A');
    assert.equal(alertRows([source('a', alert('ZVM0003', 'error', 1))])[0]?.lab, undefined);
  });
});
