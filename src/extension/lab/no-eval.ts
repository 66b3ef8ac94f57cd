/** To be imported before anything that has a schema. */
import { config } from 'zod';

// zod compiles its checks with `eval` where it may, and probing for that makes the extension host complain.
config({ jitless: true });
