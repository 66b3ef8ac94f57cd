/** The leaf for an NBD target. */
import { z } from 'zod';
import { parseNbdUri } from '../nbd-target.ts';
import type { NbdTarget } from '../nbd-target.ts';
import { fault, leaf, read, wrongType } from './leaf.ts';

export function nbdUri(description: string): z.ZodType<NbdTarget> {
  const takes = 'an NBD URI such as nbd+unix:///disk?socket=targets/disk.sock';
  const examples = ['nbd+unix:///disk?socket=targets/disk.sock', 'nbd://10.2.0.60/disk'];
  return leaf(
    z.string().min(1),
    { description, examples },
    {
      takes,
      read: (written) => {
        if (typeof written.value !== 'string') return wrongType(written, takes);
        try {
          const target = parseNbdUri(written.value);
          if (!target.tls) return read(target);
          return fault(
            'schema/bad-address',
            'A replica over TLS is not supported: it would need keys.',
          );
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          return fault('schema/bad-address', `${error.message}.`);
        }
      },
    },
  );
}
