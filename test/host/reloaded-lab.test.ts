import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { exampleUri, extensionApi, until } from './lab.ts';

describe('a running lab, after a reload of the window', () => {
  const uri = exampleUri('small-lab.dr.yaml').toString();

  it('is the same engine, connected with again without being asked', async () => {
    const api = await extensionApi();
    const lab = await until('the lab', () => api.labs.of(uri));
    // It was started by the window that is gone, before this extension host came to be.
    assert.ok(lab.engine.started < performance.timeOrigin);
    assert.ok(lab.snapshot.vpgs.some(({ checkpoints }) => checkpoints.count > 0));
  });
});
