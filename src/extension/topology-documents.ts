/** Which documents are topology files, and not a version of one that a diff or a review shows. */
import type * as vscode from 'vscode';
import { language } from './ids.ts';

const schemes = ['file', 'untitled', 'vscode-remote', 'vscode-vfs'];

export const topologySelector = schemes.map((scheme) => ({ scheme, language }));

export function isTopology({ languageId, uri }: vscode.TextDocument): boolean {
  return languageId === language && schemes.includes(uri.scheme);
}
