/** The whole topology file. */
import { z } from 'zod';
import { drillSchema } from './drill.ts';
import { fault, leaf, prose, read, text, wrongType } from './leaf.ts';
import { linkSchema } from './link.ts';
import { nameOf } from './names.ts';
import { listOf, mapOf, pairOf, section } from './section.ts';
import { siteSchema } from './site.ts';
import { vpgSchema } from './vpg.ts';

const version = leaf<1>(
  z.literal(1),
  { description: 'The version of this language: 1.', examples: [1] },
  {
    takes: 'the version of this language, 1',
    read: (written) => {
      if (written.value === 1) return read(1 as const);
      if (written.source === '1') return wrongType(written, 'the number 1', ['1']);
      if (typeof written.value !== 'number') return wrongType(written, 'the number 1');
      const message = `Version ${written.source} of the topology language is not known; this is 1.`;
      return fault('schema/unknown-value', message, ['1']);
    },
  },
);

export const fileSchema = section(
  'a topology file',
  'A disaster-recovery topology: what exists, what protects what, and what must hold in an outage.',
  {
    version,
    name: prose('What the topology is called.').optional(),
    include: listOf(
      'a list of files',
      'Files that hold parts of the topology, relative to this one and below its folder.',
      text('a path or a pattern', 'A path, or a pattern: * within a name, ** for any folders.', [
        'sites/*.dr.yaml',
      ]),
    ).optional(),
    sites: mapOf('the sites', 'Sites by name.', siteSchema).prefault({}),
    links: mapOf('the links', 'Links between sites, by name.', linkSchema).prefault({}),
    pairings: listOf(
      'the pairings',
      'Sites whose ZVMs are paired.',
      pairOf('a pair of sites', 'Two sites.', nameOf('site', 'A site.')),
    ).prefault([]),
    vpgs: mapOf('the VPGs', 'Virtual Protection Groups by name.', vpgSchema).prefault({}),
    drills: mapOf('the drills', 'Drills by name.', drillSchema).prefault({}),
  },
);

export type TopologyFile = z.output<typeof fileSchema>;
