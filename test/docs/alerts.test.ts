import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { alertIds, isRaisedByEngine } from '../../src/topology/alerts.ts';

describe('the page of alerts', () => {
  it('has a section for each alert that the engine raises, and for no other', () => {
    const page = readFileSync('docs/alerts.md', 'utf8');
    const sections = [...page.matchAll(/^## ([A-Z]{3}\d{4})$/gm)].map(([, id]) => id);
    assert.deepEqual(sections.sort(), alertIds.filter(isRaisedByEngine).sort());
  });
});
