// @ts-check
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A workbench in which a newcomer sees the extension and nothing that asks for his attention. */
export const quiet = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'chat.agent.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
};

/**
 * Writes the settings of a user data folder, unless its user has changed them since.
 *
 * @param {string} userDataDir
 * @param {Record<string, unknown>} [settings]
 */
export async function writeSettings(userDataDir, settings = quiet) {
  const file = join(userDataDir, 'User', 'settings.json');
  if (existsSync(file)) return;
  await mkdir(join(userDataDir, 'User'), { recursive: true });
  await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`);
}
