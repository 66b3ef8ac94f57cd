/** Renaming: every place that says a name, or a refusal that says why not. */
import type { Range, TextEdit as LspTextEdit, WorkspaceEdit } from 'vscode-languageserver-types';
import type { TopologyDocument } from '../topology/document.ts';
import { renderScalar, type TextEdit } from '../topology/edit.ts';
import { fileNameOf } from '../topology/include/path.ts';
import type { Topology } from '../topology/model.ts';
import { longestName, namePattern } from '../topology/schema/section.ts';
import { atCursor } from './at-cursor.ts';
import { referencesOf, type Occurrence, type ReferenceIndex } from './names/reference-index.ts';
import { isOfSite, mapOfKind, otherThanTag } from './names/roles.ts';
import { toRange } from './ranges.ts';

/** Why a name cannot be renamed, as a sentence for the person who asked. */
export interface Refusal {
  readonly refused: string;
}

export interface Renameable {
  readonly range: Range;
  readonly placeholder: string;
}

/** Whether what is under the cursor can be renamed at all. */
export function prepareRename(
  topology: Topology,
  document: TopologyDocument,
  offset: number,
): Renameable | Refusal {
  const found = renameable(topology, document, offset);
  if ('refused' in found) return found;
  return { range: toRange(document, found.range), placeholder: found.name };
}

/**
 * The edits that give what is under the cursor another name, in every file of every topology that the
 * document is part of; refused where it cannot be done in one of them.
 */
export function rename(
  topologies: readonly Topology[],
  document: TopologyDocument,
  offset: number,
  newName: string,
): WorkspaceEdit | Refusal {
  const edits = new Map<string, LspTextEdit[]>();
  const seen = new Set<string>();
  for (const topology of topologies) {
    const places = placesToRename(topology, document, offset, newName);
    if ('refused' in places) return places;
    for (const place of places) {
      const { range, newText } = renamed(place, newName);
      const { uri } = place.document;
      // Topologies that share a file find the same places in it.
      const id = `${uri} ${range.start}`;
      if (seen.has(id)) continue;
      seen.add(id);
      const its = edits.get(uri) ?? [];
      edits.set(uri, [...its, { range: toRange(place.document, range), newText }]);
    }
  }
  return { changes: Object.fromEntries(edits) };
}

function placesToRename(
  topology: Topology,
  document: TopologyDocument,
  offset: number,
  newName: string,
): readonly Occurrence[] | Refusal {
  const found = renameable(topology, document, offset);
  if ('refused' in found) return found;
  const index = referencesOf(topology.documents);
  const places = found.target ? index.of(found.target) : [];
  if (newName === found.name) return [];
  const objection =
    objectionToName(found, newName) ??
    objectionToCollision(index, found, places, newName) ??
    objectionToAliases(document, index, found, places);
  return objection === undefined ? places : { refused: objection };
}

function renameable(
  { documents, isWhole }: Topology,
  document: TopologyDocument,
  offset: number,
): Occurrence | Refusal {
  const index = referencesOf(documents);
  const { name } = atCursor(document, offset, index);
  if (!name) return { refused: 'There is no name here; put the cursor on one.' };
  if (name.kind === 'component') {
    return { refused: `"${name.name}" is a word of the language, not a name that the file gives.` };
  }
  for (const each of documents) {
    const [problem] = each.problems;
    if (!problem) continue;
    const at = placeIn(each, problem.range.start, document);
    return {
      refused: `${capitalized(at)} is not read, so a use of ${name.name} there would be missed. Mend it first.`,
    };
  }
  if (!isWhole) {
    return {
      refused: `A file that the topology includes is not read, so uses of ${name.name} there would be missed. Mend the include first.`,
    };
  }
  const declared = name.target && index.of(name.target).some(({ use }) => use === 'declaration');
  if (declared !== true) {
    const where = documents.length > 1 ? 'topology' : 'file';
    return { refused: `Nothing in this ${where} declares the ${name.kind} ${name.name}.` };
  }
  return name;
}

/** `line 3`, or `line 3 of sites/a.dr.yaml` where that is another file than the one at hand. */
function placeIn(of: TopologyDocument, offset: number, here: TopologyDocument): string {
  const line = `line ${of.positionAt(offset).line + 1}`;
  return of === here ? line : `${line} of ${fileNameOf(of.uri)}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function objectionToName({ kind }: Occurrence, newName: string): string | undefined {
  const text = kind === 'marker' || kind === 'tag';
  if (newName === '') return 'A name is not empty.';
  if (kind === 'tag' && otherThanTag.test(newName)) {
    return `As a checkpoint, "${newName}" means something else than a tag.`;
  }
  if (kind === 'host' && newName === 'zvm') {
    return 'A host cannot be called zvm: Site/zvm is the ZVM of the site.';
  }
  if (text || namePattern.test(newName)) return undefined;
  if (newName.includes('/')) return 'A name has no slash: slashes separate names, as in Site/host.';
  if (newName.length > longestName) return `A name has at most ${longestName} characters.`;
  return 'A name has no spaces at its ends and no control characters.';
}

function objectionToCollision(
  index: ReferenceIndex,
  found: Occurrence,
  places: readonly Occurrence[],
  newName: string,
): string | undefined {
  const { kind, name, target = [] } = found;
  const taken = [...target.slice(0, -1), newName];
  const declared = index.of(taken).some(({ use }) => use === 'declaration');
  if (declared || index.names.has(taken)) {
    return `There is a ${kind} ${newName} already${whereOf(target)}.`;
  }
  const key = places.find(
    ({ on, path }) => on === 'key' && index.names.has([...path.slice(0, -1), newName]),
  );
  if (key) {
    return `${newName} stands already in ${key.path.slice(0, -1).join('.')}, beside ${name}.`;
  }
  if (!isOfSite(kind)) return undefined;
  // A drill may name a VM, host or datastore without its site, as long as only one site has it.
  const [other] = index.names.sitesWith(mapOfKind[kind], newName);
  if (other === undefined) return undefined;
  const alone = [...places, ...index.of(['sites', other, mapOfKind[kind], newName])].find(
    ({ path, text }) => path[0] === 'drills' && !text.includes('/'),
  );
  if (!alone) return undefined;
  return `${other} has a ${kind} ${newName}, too: ${alone.path.join('.')}, which names no site, could mean either.`;
}

function whereOf(target: readonly (string | number)[]): string {
  return target.length > 2 ? ` in ${target.slice(0, -1).join('.')}` : '';
}

function objectionToAliases(
  document: TopologyDocument,
  index: ReferenceIndex,
  { name }: Occurrence,
  places: readonly Occurrence[],
): string | undefined {
  const place = places.find(
    ({ aliased, scalar, document: of }) =>
      aliased ||
      index.sharedIn(of).some(({ start, end }) => start <= scalar.start && scalar.end <= end),
  );
  if (!place) return undefined;
  const at = placeIn(place.document, place.range.start, document);
  return `A YAML alias repeats the ${name} of ${at}, and the other place may mean another one. Write it out first.`;
}

/** Only the name itself changes where it can stay as it is written; otherwise the whole scalar. */
function renamed(place: Occurrence, newName: string): TextEdit {
  const { document, scalar, text, start, name, range } = place;
  const after = text.slice(0, start) + newName + text.slice(start + name.length);
  const written = document.text.slice(scalar.start, scalar.end);
  const exact = document.text.slice(range.start, range.end) === name;
  const plain = written === text && renderScalar(after) === after;
  const quoted = written === `"${text}"` && JSON.stringify(after) === `"${after}"`;
  return exact && (plain || quoted)
    ? { range, newText: newName }
    : { range: scalar, newText: renderScalar(after) };
}
