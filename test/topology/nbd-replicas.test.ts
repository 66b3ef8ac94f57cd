import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadTopology } from '../../src/topology/load.ts';

const example = readFileSync('examples/seed-lab.dr.yaml', 'utf8');

function load(replicas: string): ReturnType<typeof loadTopology> {
  const at = '        recoveryHost: esx-d1\n';
  assert.ok(example.includes(at));
  return loadTopology(example.replace(at, `${at}        replicas: ${replicas}\n`), 'lab.dr.yaml');
}

function problems(replicas: string): string[] {
  return load(replicas).problems.map(({ message }) => message);
}

describe('replica disks that a topology keeps elsewhere', () => {
  it('are NBD targets, by the name of the disk', () => {
    const { topology, problems: found } = load(
      '{ data: { nbd: "nbd+unix:///d?socket=targets/d.sock" }, system: { nbd: "nbd://10.2.0.60/s" } }',
    );
    assert.deepEqual(found, []);
    const replicas = topology.vpgs.get('file-server')?.vms.get('FS01')?.replicas;
    assert.deepEqual(replicas?.get('data')?.nbd, {
      address: { kind: 'unix', path: 'targets/d.sock' },
      name: 'd',
      tls: false,
    });
    assert.equal(replicas.get('data')?.disk.target?.name, 'data');
    assert.deepEqual(replicas.get('system')?.nbd.address, {
      kind: 'tcp',
      host: '10.2.0.60',
      port: 10809,
    });
  });

  it('are nothing else, and not over TLS', () => {
    assert.match(
      problems('{ data: { nbd: "http://10.2.0.60/d" } }').join(),
      /no URI of an NBD target/,
    );
    assert.match(
      problems('{ data: { nbd: "nbd+unix:///d" } }').join(),
      /lacks the path of its socket/,
    );
    assert.match(
      problems('{ data: { nbd: "nbds://10.2.0.60/d" } }').join(),
      /over TLS is not supported/,
    );
    assert.match(problems('{ data: { nbd: 5 } }').join(), /Expected an NBD URI/);
    assert.match(problems('{ data: {} }').join(), /nbd/);
  });
});
