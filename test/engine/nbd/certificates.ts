/** Keys and certificates for a test, made by `openssl`: an authority, and a server and a client that it vouches for. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TlsIdentity } from '../../../src/engine/world/streams.ts';
import { run } from '../../programs.ts';

export interface Certificates {
  readonly authority: string;
  readonly server: TlsIdentity;
  readonly client: TlsIdentity;
}

/** Makes them in a folder, under the names that libnbd and GnuTLS look for. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await run(
    'openssl',
    ...['req', '-x509', ...key, '-keyout', file('ca-key.pem'), '-out', file('ca-cert.pem')],
    ...['-subj', '/CN=Tidemark tests', '-days', '2'],
  );
  const identity = async (name: string, extensions: string): Promise<TlsIdentity> => {
    const request = file(`${name}.csr`);
    await run(
      'openssl',
      ...['req', '-new', ...key, '-keyout', file(`${name}-key.pem`), '-out', request],
      ...['-subj', `/CN=${name}`],
    );
    await writeFile(file(`${name}.ext`), extensions);
    await run(
      'openssl',
      ...['x509', '-req', '-in', request, '-out', file(`${name}-cert.pem`), '-days', '2'],
      ...['-CA', file('ca-cert.pem'), '-CAkey', file('ca-key.pem'), '-CAcreateserial'],
      ...['-extfile', file(`${name}.ext`)],
    );
    return {
      key: await readFile(file(`${name}-key.pem`), 'utf8'),
      certificate: await readFile(file(`${name}-cert.pem`), 'utf8'),
    };
  };
  return {
    server: await identity('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1\n'),
    client: await identity('client', 'extendedKeyUsage=clientAuth\n'),
    authority: await readFile(file('ca-cert.pem'), 'utf8'),
  };
}
