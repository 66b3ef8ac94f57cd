/** The values that may be written at a place. */
import { renderScalar } from '../../topology/edit.ts';
import { flowPorts, servicePorts } from '../../topology/flows.ts';
import { roleAt } from '../names/roles.ts';
import { alertIds, alertText, isRaisedByEngine } from '../../topology/alerts.ts';
import { accepts, examplesOf, shapesOf, unitsOf, wordsOf } from '../schema-view.ts';
import { addressesFor } from './addresses.ts';
import { namesInScope } from './names-in-scope.ts';
import type { Offer, OfferRequest } from './offer.ts';
import { escaped, SnippetWriter, written } from './snippets.ts';
import type { NameTree } from '../names/name-tree.ts';
import type { TypingPlace } from './typing-place.ts';
import { statuses, subStatuses } from './statuses.ts';

export function valueOffers(request: OfferRequest): Offer[] {
  const { place, schema } = request;
  const offers = [
    ...references(request),
    ...words(request),
    ...quantities(request),
    ...addresses(request),
    ...ports(request),
    ...alerts(request),
    ...brackets(request),
  ];
  const nothingTyped = place.prefix === '' && roleAt(place.path) === undefined;
  return offers.length > 0 || !nothingTyped
    ? offers
    : examplesOf(schema).map((example) => ({
        kind: 'value',
        label: example,
        text: escaped(written(schema, example)),
        detail: 'for example',
      }));
}

function references({ place, names }: OfferRequest): Offer[] {
  const { path } = place;
  const known = namesInScope(names, path, 'value') ?? [];
  const kind = roleAt(path)?.kind;
  // A list says each name once.
  const listed = typeof path.at(-1) === 'number' ? itemsBeside(place, names) : new Set<string>();
  return known
    .filter((name) => !listed.has(name))
    .map((name) => ({
      kind: 'reference',
      label: name,
      text: escaped(renderScalar(name)),
      detail: kind,
    }));
}

function itemsBeside({ path, siblings, flow }: TypingPlace, names: NameTree): Set<string> {
  if (flow) return new Set(siblings.values());
  const list = path.slice(0, -1);
  const found = new Set<string>();
  for (let index = 0; index < names.length(list); index++) {
    const text = index === path.at(-1) ? undefined : names.text([...list, index]);
    if (text !== undefined) found.add(text);
  }
  return found;
}

function words({ place, schema }: OfferRequest): Offer[] {
  const { path } = place;
  const known = [
    ...wordsOf(schema),
    ...(path.at(-1) === 'status' ? statuses : []),
    ...(path.at(-1) === 'subStatus' ? subStatuses : []),
    ...(path.at(-1) === 'checkpoint' ? ['latest', 'oldest'] : []),
  ];
  return known.map((word) => ({ kind: 'word', label: word, text: escaped(word) }));
}

/** Units once there is a number; whole examples before. */
function quantities({ place, schema }: OfferRequest): Offer[] {
  const units = unitsOf(schema);
  if (units.length === 0) return [];
  const amount = /^-?\d+(?:\.\d+)?(?=[a-zA-Z%/]*$)/.exec(place.prefix)?.[0];
  if (amount === undefined) {
    if (place.prefix !== '') return [];
    return examplesOf(schema).map((example) => ({
      kind: 'value',
      label: example,
      text: escaped(written(schema, example)),
      detail: 'for example',
    }));
  }
  return units
    .map((unit) => amount + unit)
    .filter((text) => accepts(schema, text))
    .map((text) => ({ kind: 'unit', label: text, text }));
}

function addresses({ place, names, root }: OfferRequest): Offer[] {
  return addressesFor(names, root, place.path).map(({ text, detail }) => ({
    kind: 'value',
    label: text,
    text,
    detail,
  }));
}

/** Every port that replication needs, once, with what it is for. */
const knownPorts: ReadonlyMap<number, string> = (() => {
  const uses = new Map<number, string[]>();
  const add = (port: number, use: string): void => {
    const known = uses.get(port);
    if (!known) uses.set(port, [use]);
    else if (!known.includes(use)) known.push(use);
  };
  for (const [kind, list] of Object.entries(flowPorts)) {
    for (const { port, why } of list) add(port, `${why} (${kind})`);
  }
  for (const [kind, { port, why }] of Object.entries(servicePorts)) add(port, `${why} (${kind})`);
  return new Map(
    [...uses].sort(([a], [b]) => a - b).map(([port, list]) => [port, list.join(', ')]),
  );
})();

function ports({ place, names }: OfferRequest): Offer[] {
  const list = place.path.at(-2);
  if (typeof place.path.at(-1) !== 'number' || (list !== 'ports' && list !== 'allow')) return [];
  const listed = itemsBeside(place, names);
  return [...knownPorts]
    .filter(([port]) => !listed.has(String(port)))
    .map(([port, use]) => ({
      kind: 'value',
      label: String(port),
      text: String(port),
      detail: use,
      filter: /^\d/.test(place.prefix) ? String(port) : `${use} ${port}`,
    }));
}

function alerts({ place }: OfferRequest): Offer[] {
  if (place.path.at(-3) !== 'alerts') return [];
  // Those that the engine never raises would only make a drill fail.
  return alertIds.filter(isRaisedByEngine).map((id) => {
    const detail = alertText(id) ?? '';
    return {
      kind: 'value',
      label: id,
      text: id,
      detail,
      filter: /^[A-Z]/.test(place.prefix) ? id : `${id} ${detail}`,
    };
  });
}

/** `{ }` with what is required, and `[ ]`, for a value that is no scalar. */
function brackets({ place, schema, names }: OfferRequest): Offer[] {
  if (place.prefix !== '') return [];
  return shapesOf(schema).flatMap((shape): Offer[] => {
    if (shape.kind === 'leaf') return [];
    const behind = new SnippetWriter(names).behindKey(schema, place.path, true);
    if (shape.kind === 'list') {
      const text = shape.pair ? behind.replace(/^: /, '') : '[$0]';
      return [{ kind: 'block', label: '[ ]', text }];
    }
    return behind.startsWith(': {') ? [{ kind: 'block', label: '{ }', text: behind.slice(2) }] : [];
  });
}
