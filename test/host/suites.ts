/**
 * The suites that run inside the extension host, in order. Between two phases the window is
 * reloaded, so a suite of the second phase sees what VS Code restored of the first. A new suite is
 * added here; nothing else finds it.
 */
export const phases: readonly (readonly (() => Promise<unknown>)[])[] = [
  [
    () => import('./activation.test.ts'),
    () => import('./linting.test.ts'),
    () => import('./features.test.ts'),
    () => import('./tree.test.ts'),
    () => import('./drills.test.ts'),
    () => import('./several-files.test.ts'),
    () => import('./driven-lab.test.ts'),
    () => import('./running-lab.test.ts'),
    () => import('./recovered-files.test.ts'),
    // Last, because what it leaves open is what the next phase looks for.
    () => import('./timeline.test.ts'),
  ],
  [() => import('./reload.test.ts'), () => import('./reloaded-lab.test.ts')],
];
