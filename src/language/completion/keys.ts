/** The keys that may be written in a section or a map. */
import { renderScalar } from '../../topology/edit.ts';
import { descriptionAt } from '../../topology/schema/lookup.ts';
import { drillVerbs } from '../../topology/schema/step.ts';
import { roleAt } from '../names/roles.ts';
import {
  calledOf,
  examplesOf,
  isRequired,
  shapesOf,
  wordsOf,
  type Schema,
} from '../schema-view.ts';
import { namesInScope } from './names-in-scope.ts';
import type { Offer, OfferRequest } from './offer.ts';
import { escaped, SnippetWriter } from './snippets.ts';

export function keyOffers(request: OfferRequest): Offer[] {
  return shapesOf(request.schema).flatMap((shape) => {
    switch (shape.kind) {
      case 'section':
        return sectionOffers(request, shape.keys);
      case 'map':
        return mapOffers(request, shape.value);
      case 'list':
        return itemOffer(request, shape.item);
      case 'leaf':
        return [];
    }
  });
}

/** What is required comes first, then the rest as the language lists it. */
function sectionOffers(
  { place, names }: OfferRequest,
  keys: Readonly<Record<string, Schema>>,
): Offer[] {
  const verbs: ReadonlySet<string> = new Set(drillVerbs);
  const isStep = Object.hasOwn(keys, 'powerOff');
  const hasVerb = isStep && [...place.siblings.keys()].some((key) => verbs.has(key));
  const free = Object.entries(keys).filter(
    ([key]) => !place.siblings.has(key) && !(hasVerb && verbs.has(key)),
  );
  const ordered = [
    ...free.filter(([, schema]) => isRequired(schema)),
    ...free.filter(([, schema]) => !isRequired(schema)),
  ];
  return ordered.map(([key, schema]) => {
    const path = [...place.path, key];
    const behind = new SnippetWriter(names).behindKey(schema, path, place.flow);
    const isLeaf = shapesOf(schema).some(({ kind }) => kind === 'leaf');
    return {
      kind: 'key',
      label: key,
      text: place.colon ? key : key + (isLeaf ? leafEnd(schema, behind) : behind),
      detail: `${calledOf(schema) ?? ''}${isRequired(schema) ? ', required' : ''}`,
      about: descriptionAt(path),
    };
  });
}

/** A value that is one of a few is chosen at once; any other is better typed than overtyped. */
function leafEnd(schema: Schema, behind: string): string {
  const isChoice = behind.includes('|') || wordsOf(schema).length === 1;
  return isChoice && examplesOf(schema).every((each) => wordsOf(schema).includes(each))
    ? behind
    : ': $0';
}

function mapOffers({ place, names }: OfferRequest, value: Schema): Offer[] {
  const path = [...place.path, place.prefix];
  const role = roleAt([...place.path, 'name']);
  const known = namesInScope(names, [...place.path, 'name'], 'key');
  if (known) {
    return known
      .filter((name) => !place.siblings.has(name))
      .map((name) => {
        const key = renderScalar(name);
        const behind = new SnippetWriter(names).behindKey(value, [...place.path, name], place.flow);
        return {
          kind: 'reference',
          label: name,
          text: escaped(key) + (place.colon ? '' : behind),
          detail: role?.kind,
        };
      });
  }
  if (place.colon || role?.on !== 'key') return [];
  return [
    {
      kind: 'block',
      label: `New ${role.kind}`,
      text: new SnippetWriter(names).entry(value, place.path, role.kind, place.flow),
      detail: calledOf(value),
      about: descriptionAt(path),
      // Whatever is typed is on the way to a name, so the offer stays.
      filter: place.prefix === '' ? `new ${role.kind}` : place.prefix,
    },
  ];
}

/** An item begins with a dash, which is easily forgotten. */
function itemOffer({ place, names }: OfferRequest, item: Schema): Offer[] {
  if (place.flow || place.prefix !== '' || place.on !== 'key') return [];
  const called = calledOf(item) ?? 'an item';
  const behind = new SnippetWriter(names).behindKey(item, [...place.path, 0], true);
  return [
    {
      kind: 'block',
      label: `- ${called}`,
      text: `- ${behind.replace(/^: /, '')}`,
      detail: 'a new item',
      about: descriptionAt([...place.path, 0]),
    },
  ];
}
