import * as vscode from 'vscode';

/** One theme of every kind that a webview has to look right in. */
export const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  highContrast: 'Default High Contrast',
  highContrastLight: 'Default High Contrast Light',
} as const;

const kinds: Record<keyof typeof themes, vscode.ColorThemeKind> = {
  light: vscode.ColorThemeKind.Light,
  dark: vscode.ColorThemeKind.Dark,
  highContrast: vscode.ColorThemeKind.HighContrast,
  highContrastLight: vscode.ColorThemeKind.HighContrastLight,
};

/** Changes the theme as a user does, and returns when VS Code has changed over. */
export async function useTheme(theme: keyof typeof themes): Promise<void> {
  const done = new Promise<void>((resolve) => {
    if (vscode.window.activeColorTheme.kind === kinds[theme]) {
      resolve();
      return;
    }
    const listener = vscode.window.onDidChangeActiveColorTheme(({ kind }) => {
      if (kind !== kinds[theme]) return;
      listener.dispose();
      resolve();
    });
  });
  await vscode.workspace
    .getConfiguration('workbench')
    .update('colorTheme', themes[theme], vscode.ConfigurationTarget.Global);
  await done;
}
