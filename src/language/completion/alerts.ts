/** The alerts that a drill can expect, by their Zerto identifier. */

export const alertIds: readonly (readonly [string, string])[] = [
  ['ZVM0002', 'The ZVM has no connection to a VRA'],
  ['ZVM0003', 'The ZVM has no connection to the ZVM of a site'],
  ['ZVM0005', 'The ZVM cannot write to its disk'],
  ['ZVM0010', 'Two ZVMs synchronise'],
  ['VRA0005', 'VRAs are not connected'],
  ['VPG0003', 'The journal history is low (warning)'],
  ['VPG0004', 'The journal history is low (error)'],
  ['VPG0007', 'The replication of a VPG is paused'],
  ['VPG0009', 'The target RPO is exceeded (warning)'],
  ['VPG0010', 'The target RPO is exceeded (error)'],
];
