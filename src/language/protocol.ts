/** What the language server tells the window beside the Language Server Protocol. */
import type { Range } from 'vscode-languageserver-types';
import type { CarriedFiles } from '../topology/include/carried-files.ts';

/** Server to client, after every change: a topology as a tree. */
export const outlineNotification = 'tidemark/outline';

/** Server to client: a file is no topology any more, because it is gone or another one includes it. */
export const outlineGoneNotification = 'tidemark/outlineGone';

export interface OutlineGoneParams {
  readonly uri: string;
}

/** Client to server: a topology file of the workspace that no editor has open. */
export const fileNotification = 'tidemark/file';

export interface FileParams {
  readonly uri: string;
  readonly text: string;
  /** The file in Base64, where it is not UTF-8: of what is no text only the bytes tell where it stands. */
  readonly bytes?: string;
}

/** Client to server: a file is gone. */
export const fileRemovedNotification = 'tidemark/fileRemoved';

export interface FileRemovedParams {
  readonly uri: string;
}

/** Client to server: what the command line prints of a file that the server has read. */
export const reportRequest = 'tidemark/report';

export type ReportKind = 'routes' | 'ports' | 'plan';

export interface ReportParams {
  readonly uri: string;
  readonly kind: ReportKind;
}

export interface ReportResult {
  /** Undefined where the server has not read the file, or reading it met mistakes. */
  readonly text: string | undefined;
}

/** Client to server: the texts that a topology is made of, for a process that runs its drills. */
export const textsRequest = 'tidemark/texts';

export interface TextsParams {
  readonly uri: string;
}

export interface TextsResult {
  /** The text of the topology's first file; undefined where the server does not know it. */
  readonly text: string | undefined;
  readonly included: CarriedFiles | undefined;
}

export type OutlineKind =
  | 'sites'
  | 'site'
  | 'zvm'
  | 'nic'
  | 'hosts'
  | 'host'
  | 'vra'
  | 'datastores'
  | 'datastore'
  | 'networks'
  | 'network'
  | 'vms'
  | 'vm'
  | 'links'
  | 'link'
  | 'vpgs'
  | 'vpg'
  | 'protected-vm'
  | 'drills'
  | 'drill';

export interface OutlineNode {
  /** The path in the file, joined by `/`: stays the same while the text around it changes. */
  readonly id: string;
  readonly kind: OutlineKind;
  readonly label: string;
  /** Shown dimmed beside the label. */
  readonly description: string;
  /** Plain text: names come from the file, and Markdown could make the editor fetch things. */
  readonly tooltip: string;
  /** The file that the entry stands in, where that is not the topology's first. */
  readonly uri?: string;
  /** The entry's key. */
  readonly range: Range;
  /** The worst finding at or below this entry. */
  readonly health: 'ok' | 'warning' | 'error';
  readonly children: readonly OutlineNode[];
}

export interface Outline {
  /** The topology's first file. */
  readonly uri: string;
  /** All its files, that one first. */
  readonly files: readonly string[];
  readonly version: number;
  /** The topology's name, or the file's where it has none. */
  readonly name: string;
  /** False where the text is no YAML at all; the tree is then the last readable one's. */
  readonly readable: boolean;
  readonly nodes: readonly OutlineNode[];
  readonly drills: readonly DrillOutline[];
}

export interface DrillOutline {
  readonly name: string;
  readonly describes: string | undefined;
  readonly facts: readonly string[];
  /** The file that it stands in, where that is not the topology's first. */
  readonly uri?: string;
  /** The drill's key. */
  readonly range: Range;
}
