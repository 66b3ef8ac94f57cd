/** A folder of files as VS Code reads it, to be held against what `fingerprint` says of the same on a disk. */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';

const { Directory, File, SymbolicLink, Unknown } = vscode.FileType;

export const nowhere = 'leads nowhere';

/** Path to `folder`, to the type of a link, or to the checksum of the content. */
export async function readTree(uri: vscode.Uri, below = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [name, type] of await vscode.workspace.fs.readDirectory(uri)) {
    const path = below === '' ? name : `${below}/${name}`;
    const child = vscode.Uri.joinPath(uri, name);
    if (type === Directory) {
      found.set(path, 'folder');
      for (const [key, value] of await readTree(child, path)) found.set(key, value);
    } else if (type === File) {
      found.set(path, await contentOf(child));
    } else found.set(path, `link, type ${String(type)}`);
  }
  return found;
}

/** On NTFS a file may turn out to be a link, and lead nowhere. */
async function contentOf(uri: vscode.Uri): Promise<string> {
  try {
    return checksum(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return nowhere;
    throw error;
  }
}

export function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a tree with the links of `makeTree` is for VS Code, which does not follow those that lead out of it. */
export function asInEditor(linked: ReadonlyMap<string, string>): Map<string, string> {
  const expected = new Map(linked);
  expected.set('link', `link, type ${String(SymbolicLink | File)}`);
  expected.set('link that leads out', `link, type ${String(SymbolicLink | Unknown)}`);
  expected.set('level 0 1/link to nowhere', `link, type ${String(SymbolicLink | Unknown)}`);
  return expected;
}
