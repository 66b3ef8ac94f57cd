/**
 * The only file that knows the component library. The toolkit is no longer developed: whoever
 * replaces it gives these functions another body, and no page notices.
 */
import { provideVSCodeDesignSystem } from '@vscode/webview-ui-toolkit/dist/vscode-design-system.js';
import { vsCodeButton } from '@vscode/webview-ui-toolkit/dist/button/index.js';
import { vsCodeCheckbox } from '@vscode/webview-ui-toolkit/dist/checkbox/index.js';

export function registerComponents(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox());
}

export interface ButtonOptions {
  readonly label: string;
  /** Shown on hovering, and read out where the label is a sign. */
  readonly title: string;
  readonly appearance?: 'primary' | 'secondary' | 'icon';
  readonly onPress: () => void;
}

export function createButton(options: ButtonOptions): HTMLElement {
  const button = document.createElement('vscode-button');
  button.setAttribute('appearance', options.appearance ?? 'secondary');
  button.setAttribute('title', options.title);
  button.setAttribute('aria-label', options.title);
  button.textContent = options.label;
  button.addEventListener('click', options.onPress);
  return button;
}

export interface CheckboxOptions {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function createCheckbox(options: CheckboxOptions): HTMLElement {
  const checkbox = document.createElement('vscode-checkbox') as HTMLElement & { checked: boolean };
  checkbox.textContent = options.label;
  checkbox.checked = options.checked;
  checkbox.addEventListener('change', () => {
    options.onChange(checkbox.checked);
  });
  return checkbox;
}
