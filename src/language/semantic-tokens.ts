/** Colours by meaning: which word is a site, a VPG, a reference, a quantity. */
import type { SemanticTokens, SemanticTokensLegend } from 'vscode-languageserver-types';
import type { TextRange, TopologyDocument } from '../topology/document.ts';
import { treeOf } from '../topology/parse.ts';
import { offsetPattern, percentPattern, ratePattern, sizePattern } from '../topology/quantities.ts';
import type { TreeNode } from '../topology/source/tree.ts';
import { referencesOf, type Occurrence } from './names/reference-index.ts';

const tokenTypes = [
  'namespace',
  'class',
  'struct',
  'method',
  'property',
  'variable',
  'number',
] as const;
type TokenType = (typeof tokenTypes)[number];

export const legend: SemanticTokensLegend = {
  tokenTypes: [...tokenTypes],
  tokenModifiers: ['declaration'],
};

interface Token {
  readonly range: TextRange;
  readonly type: TokenType;
  readonly isDeclaration: boolean;
}

export function semanticTokens(document: TopologyDocument): SemanticTokens {
  const tokens = [...names(document), ...quantities(document)].sort(
    (a, b) => a.range.start - b.range.start || a.range.end - b.range.end,
  );
  const data: number[] = [];
  let line = 0;
  let character = 0;
  let end = 0;
  for (const { range, type, isDeclaration } of tokens) {
    if (range.start < end) continue;
    const at = document.positionAt(range.start);
    // A token that goes over several lines is more than editors take.
    if (document.positionAt(range.end).line !== at.line || range.end === range.start) continue;
    data.push(
      at.line - line,
      at.line === line ? at.character - character : at.character,
      range.end - range.start,
      tokenTypes.indexOf(type),
      isDeclaration ? 1 : 0,
    );
    ({ line, character } = at);
    end = range.end;
  }
  return { data };
}

function names(document: TopologyDocument): Token[] {
  return referencesOf([document])
    .occurrences.filter(({ aliased }) => !aliased)
    .map((occurrence) => ({
      range: occurrence.range,
      type: typeOf(occurrence),
      isDeclaration: occurrence.use === 'declaration',
    }));
}

function typeOf({ kind, use }: Occurrence): TokenType {
  switch (kind) {
    case 'site':
      return 'namespace';
    case 'VPG':
      return 'class';
    case 'VM':
    case 'host':
      return 'struct';
    case 'drill':
      return 'method';
    default:
      return use === 'declaration' ? 'property' : 'variable';
  }
}

function quantities(document: TopologyDocument): Token[] {
  const tokens: Token[] = [];
  const visit = (node: TreeNode): void => {
    if (node.kind === 'map') for (const { value } of node.entries.values()) visit(value);
    else if (node.kind === 'list') node.items.forEach(visit);
    else if (node.kind === 'scalar' && typeof node.value === 'string' && isQuantity(node.value)) {
      tokens.push({ range: node.range, type: 'number', isDeclaration: false });
    }
  };
  const root = treeOf(document);
  if (root) visit(root);
  return tokens;
}

function isQuantity(text: string): boolean {
  if (text.length > 32 || !/^-?\d/.test(text)) return false;
  return [offsetPattern, sizePattern, ratePattern, percentPattern].some((each) => each.test(text));
}
