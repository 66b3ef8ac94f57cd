import assert from 'node:assert/strict';
import { alertIds, alertText, isAlert, isRaisedByEngine } from '../../src/topology/alerts.ts';
import { alertsInEngine } from './raised-alerts.ts';

describe('the alerts of the product', () => {
  it('are called by three letters and four digits, each with a text', () => {
    assert.ok(alertIds.length > 150, String(alertIds.length));
    for (const id of alertIds) {
      assert.match(id, /^[A-Z]{3}\d{4}$/);
      assert.ok(isAlert(id));
      assert.notEqual(alertText(id) ?? '', '');
    }
    assert.ok(!isAlert('constructor') && !isAlert('ZVM9999') && isAlert('VCD0001'));
    assert.equal(alertText('toString'), undefined);
  });

  it('those that the engine raises are those that it names', () => {
    assert.deepEqual(alertIds.filter((id) => isRaisedByEngine(id)).sort(), alertsInEngine());
  });
});
