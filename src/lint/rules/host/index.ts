import type { Rule } from '../../rule.ts';
import { ports } from './ports.ts';
import { rootPassword } from './root-password.ts';
import { version } from './version.ts';

export const hostRules: readonly Rule[] = [version, ports, rootPassword];
