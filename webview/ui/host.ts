/** The window that this page lives in: messages to it, and the state that it keeps for the page. */

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

let api: VsCodeApi | undefined;

/** The window's API may be taken once only. */
export function host(): VsCodeApi {
  api ??= acquireVsCodeApi();
  return api;
}
