/**
 * The alerts that the product knows, by their identifiers: what a drill may expect. After the
 * published catalogue of alerts; the families at the end are known only by their names, so that any
 * number of them is taken.
 */

/** What an alert says, in a few words. */
const texts: Readonly<Record<string, string>> = {
  ZVM0001: 'no connection to the hypervisor manager',
  ZVM0002: 'no connection to a VRA',
  ZVM0003: 'no connection to a site',
  ZVM0004: 'the version of the peer ZVM is out of date',
  ZVM0005: 'the disk of the ZVM is low on space',
  ZVM0008: 'version mismatch',
  ZVM0009: 'internal error',
  ZVM0010: 'synchronisation between ZVMs',
  ZVM0011: 'metadata collection',
  ZVM0012: 'metadata collection',
  ZVM0013: 'metadata collection',
  ZVM0014: 'SCSI identifiers of a VRA do not match',
  ZVM0015: 'state of a Hyper-V host',
  ZVM0017: 'unknown operating system',
  ZVM0019: 'agent',
  ZVM0020: 'agent',
  ZVM0021: 'a Hyper-V VRA is powered off',
  ZVM0024: 'a host is disconnected',
  ...numbered('ZVM', 32, 42, 'secrets vault'),

  VPG0003: 'low journal history (warning)',
  VPG0004: 'low journal history (error)',
  VPG0005: 'error state',
  VPG0006: 'missing configuration',
  VPG0007: 'replication paused',
  VPG0008: 'rollback failed',
  VPG0009: 'target RPO exceeded (warning)',
  VPG0010: 'target RPO exceeded (error)',
  VPG0011: 'failover test overdue',
  VPG0012: 'failover test overdue, none has passed yet',
  VPG0014: 'waiting for commit or rollback',
  VPG0015: 'not enough resources',
  VPG0016: 'resource pool not found',
  VPG0017: 'protection paused',
  ...numbered('VPG', 18, 22, 'storage policy'),
  VPG0024: 'storage policy',
  VPG0025: 'network mapping',
  VPG0026: 'storage policy',
  VPG0027: 'VMs no longer protected',
  VPG0028: 'network mapping',
  VPG0035: 'resources outside of the organisation',
  VPG0036: 'resources outside of the organisation',
  VPG0037: 'journal history is compromised (warning)',
  VPG0038: 'journal history is compromised (error)',
  VPG0039: 'a raw disk has an odd number of blocks',
  VPG0040: 'VM hardware does not fit the recovery site',
  VPG0042: 'recovery network not found',
  VPG0043: 'cross-replication',
  VPG0044: 'cross-replication',
  VPG0049: 'missing VM',
  VPG0050: 'a group is being tested',
  VPG0051: 'stopping a test failed',
  VPG0052: 'rolling back a failover failed',
  VPG0053: 'rolling back a move failed',
  VPG0055: 'the size of a volume is misconfigured',
  VPG0058: 'a storage profile is unreachable',
  VPG0060: 'a volume could not be detached',
  VPG0066: 'inconsistent VPG',
  VPG0067: 'inconsistent VPG',
  ...numbered('VPG', 69, 71, 'disk encryption keys'),

  VRA0001: 'host without a VRA',
  VRA0002: 'a VRA has no address',
  VRA0003: 'the address of a VRA changes',
  VRA0004: 'a VRA lost its address',
  VRA0005: 'VRAs are not connected',
  VRA0006: 'the datastore of a journal is full',
  VRA0007: 'journal I/O error',
  VRA0008: 'recovery disk or VM missing',
  VRA0009: 'recovery disk or VM missing',
  ...numbered('VRA', 10, 13, 'a recovery disk cannot be used'),
  ...numbered('VRA', 14, 17, 'the disk of a clone'),
  VRA0018: 'protected disk missing',
  VRA0019: 'protected disk missing',
  VRA0020: 'a protected VM is powered off',
  VRA0021: 'the disk of a VM',
  VRA0022: 'the disk of a VM',
  VRA0023: 'a VRA cannot register',
  VRA0024: 'a VRA was removed',
  VRA0025: 'I/O synchronisation',
  VRA0026: 'a recovery disk was removed',
  VRA0027: 'a journal volume was removed',
  VRA0028: 'a VRA is powered off',
  VRA0029: 'a VRA is low on memory',
  VRA0030: 'journal size mismatch',
  VRA0032: 'the version of a VRA is out of date',
  VRA0033: 'the version of a VRA is out of date',
  VRA0035: 'reconciliation',
  VRA0037: 'MAC address conflict',
  VRA0038: 'MAC address conflict',
  VRA0039: 'a journal reached its hard limit',
  VRA0040: 'a journal is low on space',
  VRA0049: 'a host could not be rolled back',
  VRA0050: 'wrong host password',
  VRA0056: 'a VRA is shutting down',
  VRA0058: 'a temporary directory of a host is full',
  VRA0059: 'high storage latency',
  VRA0060: 'malformed packet',
  VRA0061: 'MTU mismatch',
  VRA0062: 'a VRA is disconnected because of an MTU mismatch',
  VRA0063: 'a service of a VRA is down',

  STR0001: 'datastore inaccessible',
  STR0002: 'datastore full',
  STR0004: 'datastore low on space',
  DRV0001: 'I/O cache full',
  DRV0002: 'bitmap memory full',
  DRV0003: 'hung I/O',
  FLR0001: 'files cannot be restored',
  ENC0001: 'encryption detected',
  RPM0001: 'the VPG of a recovery plan is missing',
  RPM0002: "a VPG does not replicate to the recovery plan's site",
  RPM0003: 'a recovery plan is misconfigured',
  ...numbered('LTR', 1, 11, 'long-term retention'),
  ...numbered('LIC', 1, 22, 'licence'),
};

/** Families of which only the name is published here: cloud components and backups. */
const openFamilies: ReadonlySet<string> = new Set(['ZCC', 'ZCM', 'ZCA', 'VCD', 'BCK']);

/** What the engine itself raises; all else it knows by name only. */
const raised: ReadonlySet<string> = new Set([
  'ZVM0002',
  'ZVM0003',
  'ZVM0005',
  'ZVM0009',
  'ZVM0010',
  'VPG0003',
  'VPG0004',
  'VPG0006',
  'VPG0007',
  'VPG0009',
  'VPG0010',
  'VPG0011',
  'VPG0012',
  'VPG0014',
  'VPG0050',
  'VRA0005',
  'VRA0006',
  'VRA0007',
  'VRA0025',
  'VRA0039',
  'VRA0040',
  'STR0002',
  'STR0004',
]);

/** Every identifier that is known one by one. */
export const alertIds: readonly string[] = Object.keys(texts);

/** Whether the product has an alert of that identifier, such as `ZVM0003`. */
export function isAlert(id: string): boolean {
  return (
    Object.hasOwn(texts, id) || (/^[A-Z]{3}\d{4}$/.test(id) && openFamilies.has(id.slice(0, 3)))
  );
}

/** What the alert says, in a few words; undefined for one that is not known one by one. */
export function alertText(id: string): string | undefined {
  return Object.hasOwn(texts, id) ? texts[id] : undefined;
}

/** Whether the engine raises this alert when what it speaks of happens. */
export function isRaisedByEngine(id: string): boolean {
  return raised.has(id);
}

function numbered(family: string, from: number, to: number, text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: to - from + 1 }, (_, index) => [
      `${family}${String(from + index).padStart(4, '0')}`,
      text,
    ]),
  );
}
