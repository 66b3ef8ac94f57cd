import type { Include, IncludedFile } from '../../../topology/model.ts';
import { removeEntry } from '../../../topology/edit.ts';
import { listed } from '../../listed.ts';
import type { Rule } from '../../rule.ts';

export const twice: Rule = {
  name: 'include/twice',
  title: 'A file is included twice',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    for (const include of topology.includes) {
      const again = include.files.filter(({ before }) => before !== undefined);
      if (again.length === 0) continue;
      const { document, path } = include.place;
      const isIdle = again.length === include.files.length;
      report({
        at: include.place,
        message:
          `${listed(again.map(fileName))} ${again.length > 1 ? 'are' : 'is'} included before; ` +
          `a file counts once.${isIdle ? ' This adds nothing.' : ''}`,
        fixes: isIdle
          ? [
              {
                title: `Take ${include.pattern} out`,
                edits: removeEntry(document, path),
                safe: false,
              },
            ]
          : [],
        related: placesOf(again),
      });
    }
  },
};

/** Each item that has led to one of the files before, once. */
function placesOf(again: Include['files']): { message: string; place: Include['place'] }[] {
  const seen = new Set<string>();
  return again.flatMap((file) => {
    const place = file.before;
    if (!place) return [];
    const id = `${place.document.uri} ${place.path.join('/')}`;
    if (seen.has(id)) return [];
    seen.add(id);
    return [{ message: `${fileName(file)} is included here`, place }];
  });
}

function fileName({ document }: IncludedFile): string {
  return document.uri.slice(document.uri.search(/[^/\\]*$/));
}
