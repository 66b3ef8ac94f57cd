/** The scripts that a VPG may have. */

/**
 * `pre` and `post` run around a recovery, `freeze` and `thaw` around an application-consistent checkpoint.
 */
export type ScriptName = 'pre' | 'post' | 'freeze' | 'thaw';

export const scriptNames: readonly ScriptName[] = ['pre', 'post', 'freeze', 'thaw'];

/** What people call them. */
export const scriptWords: Readonly<Record<ScriptName, string>> = {
  pre: 'pre-recovery script',
  post: 'post-recovery script',
  freeze: 'freeze script',
  thaw: 'thaw script',
};
