/** What completion offers, before it becomes an editor's item. */
import type { TreeNode } from '../../topology/source/tree.ts';
import type { NameTree } from '../names/name-tree.ts';
import type { Schema } from '../schema-view.ts';
import type { TypingPlace } from './typing-place.ts';

export interface Offer {
  readonly kind: 'key' | 'block' | 'word' | 'reference' | 'value' | 'unit';
  readonly label: string;
  /** A snippet; its lines behind the first are indented as if the first began at column 0. */
  readonly text: string;
  readonly detail?: string | undefined;
  /** Markdown. */
  readonly about?: string | undefined;
  /** What is compared with what was typed, where that is more than the label. */
  readonly filter?: string | undefined;
}

export interface OfferRequest {
  readonly place: TypingPlace;
  readonly schema: Schema;
  readonly names: NameTree;
  readonly root: TreeNode | undefined;
}
