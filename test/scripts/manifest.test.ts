import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { manifestProblems } from '../../scripts/workbench/manifest.mjs';

describe('the check of the manifest', () => {
  const everything = () => true;

  it('accepts commands, views and files that are there', () => {
    const manifest = {
      name: 'tidemark',
      main: './dist/extension.cjs',
      contributes: {
        commands: [{ command: 'tidemark.drill', icon: 'media/drill.svg' }],
        menus: { 'view/title': [{ command: 'tidemark.drill' }] },
        viewsContainers: { activitybar: [{ id: 'tidemark', icon: 'media/tidemark.svg' }] },
        views: { tidemark: [{ id: 'tidemark.tree' }] },
      },
    };
    assert.deepEqual(manifestProblems(manifest, everything), []);
  });

  it('finds a command that is only in a menu or behind a key', () => {
    const manifest = {
      name: 'tidemark',
      contributes: {
        menus: { commandPalette: [{ command: 'tidemark.gone' }] },
        keybindings: [{ command: 'tidemark.gone' }, { command: 'workbench.action.files.save' }],
      },
    };
    assert.equal(manifestProblems(manifest, everything).length, 2);
  });

  it('finds a view without a container and a file that is not there', () => {
    const manifest = {
      name: 'tidemark',
      main: './dist/extension.cjs',
      contributes: {
        views: { nowhere: [] },
        walkthroughs: [{ steps: [{ media: { markdown: 'media/walkthrough/first.md' } }] }],
      },
    };
    assert.deepEqual(
      manifestProblems(manifest, () => false),
      [
        'views.nowhere is no container.',
        './dist/extension.cjs is named in package.json and does not exist.',
        'media/walkthrough/first.md is named in package.json and does not exist.',
      ],
    );
  });
});
