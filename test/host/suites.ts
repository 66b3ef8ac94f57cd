type Suite = () => Promise<unknown>;

export interface Phase {
  readonly suites: readonly Suite[];
  /** What the window opens: the folder of examples, or a workspace file with this folder alone. */
  readonly opens: 'folder' | 'workspace';
}

/**
 * The suites that run inside the extension host, in order. Between two phases the window starts anew, so a suite of a
 * later phase sees what VS Code restored of the one before. A new suite is added here; nothing else finds it.
 */
export const phases: readonly Phase[] = [
  {
    opens: 'folder',
    suites: [
      () => import('./activation.test.ts'),
      () => import('./linting.test.ts'),
      () => import('./features.test.ts'),
      () => import('./tree.test.ts'),
      () => import('./drills.test.ts'),
      () => import('./several-files.test.ts'),
      () => import('./driven-lab.test.ts'),
      () => import('./running-lab.test.ts'),
      () => import('./recovered-files.test.ts'),
      () => import('./whole-trees.test.ts'),
      // Last, because what it leaves open is what the next phase looks for.
      () => import('./timeline.test.ts'),
    ],
  },
  {
    opens: 'folder',
    suites: [() => import('./reload.test.ts'), () => import('./reloaded-lab.test.ts')],
  },
  // A folder comes beside that of a workspace without a restart, and beside a folder alone not at all in a test.
  { opens: 'workspace', suites: [() => import('./browsed-files.test.ts')] },
];
