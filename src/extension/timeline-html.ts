/** The timeline page's frame: it loads one script and one style sheet of ours, and nothing else. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

export function timelineHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const asset = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', name)).toString();
  const nonce = randomBytes(16).toString('hex');
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Timeline</title>
    <link rel="stylesheet" href="${asset('timeline.css')}" />
  </head>
  <body>
    <main id="timeline"></main>
    <script type="module" nonce="${nonce}" src="${asset('timeline.js')}"></script>
  </body>
</html>`;
}
