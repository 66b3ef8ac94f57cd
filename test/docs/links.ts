/** Whether the links of a page lead somewhere. */
import { posix } from 'node:path';
import { headingsOf, proseOf, type Page } from './page.ts';

/**
 * The relative links (and images) of a page that lead to no file, or to no heading of theirs.
 * Addresses of the web are not looked at: a test needs no network.
 */
export function brokenLinks(
  page: Page,
  exists: (path: string) => boolean,
  read: (path: string) => Page,
): string[] {
  return linksOf(page).flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? page.path : posix.join(posix.dirname(page.path), file);
    if (!exists(target)) return [`${link}: there is no ${target}`];
    if (anchor === undefined) return [];
    if (!target.endsWith('.md')) return [`${link}: only pages have headings`];
    const known = anchorsOf(file === '' ? page : read(target));
    return known.has(anchor) ? [] : [`${link}: ${target} has no such heading`];
  });
}

function linksOf(page: Page): string[] {
  const prose = proseOf(page)
    .join('\n')
    .replaceAll(/`[^`]*`/g, '');
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)];
  const defined = [...prose.matchAll(/^\s*\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...defined].map(([, link = '']) => link);
}

/** The anchors that GitHub gives to the headings of a page. */
export function anchorsOf(page: Page): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of headingsOf(page)) {
    const plain = text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${String(count)}`;
    anchors.add(anchor);
  }
  return anchors;
}
