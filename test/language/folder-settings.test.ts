import assert from 'node:assert/strict';
import { FolderSettings } from '../../src/language/folder-settings.ts';

const one = 'file:///one/lab.dr.yaml';
const two = 'file:///two/lab.dr.yaml';
const off = { lint: { rules: { 'vra/dhcp': 'off' } } };

/** An editor that answers when the test tells it to. */
class Editor {
  readonly questions: {
    readonly uris: readonly string[];
    readonly answer: (settings: readonly unknown[]) => void;
    readonly fail: (reason: Error) => void;
  }[] = [];
  readonly changed: string[] = [];
  readonly failures: string[] = [];
  readonly settings = new FolderSettings(
    (uris) =>
      new Promise((answer, fail) => {
        this.questions.push({ uris, answer, fail });
      }),
    (uris) => {
      this.changed.push(...uris);
    },
    (reason) => {
      this.failures.push(String(reason));
    },
  );

  severities(uri: string): unknown {
    return this.settings.of(uri).lint.severities;
  }
}

/** Lets what waits for an answer go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the settings of a folder', () => {
  it('are asked for each file, and once', async () => {
    const editor = new Editor();
    assert.deepEqual(editor.severities(one), undefined);
    editor.severities(one);
    editor.severities(two);
    assert.deepEqual(
      editor.questions.map(({ uris }) => uris),
      [[one], [two]],
    );
    editor.questions[0]?.answer([off]);
    editor.questions[1]?.answer([null]);
    await settled();
    assert.deepEqual(editor.severities(one), { 'vra/dhcp': 'off' });
    assert.deepEqual(editor.severities(two), undefined);
    assert.deepEqual(editor.changed, [one]);
    assert.equal(editor.questions.length, 2);
  });

  it('stay as they were while they are asked again, and when that fails', async () => {
    const editor = new Editor();
    editor.severities(one);
    editor.questions[0]?.answer([off]);
    await settled();
    const asked = editor.settings.refresh();
    assert.deepEqual(editor.severities(one), { 'vra/dhcp': 'off' });
    editor.questions[1]?.fail(new Error('the window is gone'));
    await asked;
    assert.deepEqual(editor.failures, ['Error: the window is gone']);
    assert.deepEqual(editor.severities(one), { 'vra/dhcp': 'off' });
  });

  it('are those of the latest answer, in whatever order answers come', async () => {
    const editor = new Editor();
    editor.severities(one);
    const asked = editor.settings.refresh();
    editor.questions[1]?.answer([off]);
    await asked;
    editor.questions[0]?.answer([null]);
    await settled();
    assert.deepEqual(editor.severities(one), { 'vra/dhcp': 'off' });
    assert.deepEqual(editor.changed, [one]);
  });

  it('are forgotten with the file', async () => {
    const editor = new Editor();
    editor.severities(one);
    editor.settings.forget(one);
    editor.questions[0]?.answer([off]);
    await settled();
    assert.deepEqual(editor.changed, []);
  });
});
