import assert from 'node:assert/strict';
import { settingsFrom } from '../../src/language/settings.ts';

const rules = (set: unknown) => settingsFrom({ lint: { rules: set } }).severities;

describe('the severities that the settings give', () => {
  it('are those of the rules that are named', () => {
    assert.deepEqual(rules({ 'vra/dhcp': 'off', 'network/nat': 'hint' }), {
      'vra/dhcp': 'off',
      'network/nat': 'hint',
    });
  });

  it('stand, whatever is wrong with the entries beside them', () => {
    assert.deepEqual(rules({ 'vra/dhcp': 'off', 'network/nat': 'loud', 'vra/memory': 3 }), {
      'vra/dhcp': 'off',
    });
  });

  it('are none where the settings are no settings', () => {
    for (const set of [undefined, null, 'off', 5, ['off']]) assert.deepEqual(rules(set) ?? {}, {});
    assert.deepEqual(settingsFrom(undefined).severities ?? {}, {});
  });
});
