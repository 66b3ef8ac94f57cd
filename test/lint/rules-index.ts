/**
 * The index of the rules' pages. `node test/lint/rules-index.ts` writes it anew after a rule was
 * added; a test compares.
 */
import { writeFileSync } from 'node:fs';
import { rules } from '../../src/lint/registry.ts';

export const indexFile = new URL('../../docs/rules/README.md', import.meta.url);

const areas: Readonly<Record<string, string>> = {
  yaml: 'Reading the text',
  schema: 'Reading the topology',
  include: 'Topologies of several files',
  reference: 'Names',
  zvm: 'Zerto Virtual Managers',
  network: 'Networks',
  link: 'Links',
  vra: 'Virtual Replication Appliances',
  host: 'Hosts',
  vpg: 'Virtual Protection Groups',
  journal: 'Journals',
  recovery: 'Recovery',
  drill: 'Drills',
  suppression: 'Accepted findings',
  internal: 'The linter itself',
};

const introduction = `# The rules of the linter

A rule is named \`area/what-is-wrong\`. Each has a page that says what it finds, why that matters and
where its numbers come from, with an example and what its quick fix does. Ids such as NET-6 name the
requirement that a rule stands on.

A rule can be given another severity, or switched off (\`off\`), by its name in the setting
\`tidemark.lint.rules\`, and by \`--rule\` on the command line.

## Accepting a finding

A finding can be accepted in the file itself, with the reason beside it:

\`\`\`yaml
# tidemark-disable-next-line vra/dhcp -- the addresses of the lab are reserved in its DHCP server
vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: dhcp }
\`\`\`

\`tidemark-disable-next-line\` speaks of the line below it (several in a row of the first line below them),
\`tidemark-disable-line\` of its own line, \`tidemark-disable-file\` of the whole file. Rules are separated by
commas; without any, all are meant. What follows \`--\` is the reason, for people. A comment that
suppresses nothing is [reported](suppression/unused.md).

## Severities

The severity in the tables is the default; some rules use another one where less or more is at stake,
which their pages say.
`;

/** The text of the index, a section for each area in the order of the registry. */
export function rulesIndex(): string {
  const byArea = new Map<string, string[]>();
  for (const { name, severity, title } of rules) {
    const [area = ''] = name.split('/');
    const rows = byArea.get(area) ?? [];
    rows.push(`| [${name}](${name}.md) | ${severity} | ${title} |`);
    byArea.set(area, rows);
  }
  const sections = [...byArea].map(
    ([area, rows]) =>
      `\n## ${areas[area] ?? area}\n\n| rule | severity | says |\n| --- | --- | --- |\n${rows.join('\n')}\n`,
  );
  return introduction + sections.join('');
}

if (import.meta.main) writeFileSync(indexFile, rulesIndex());
