import { join } from 'node:path';

/**
 * Environment of a test's process: nothing that a developer has set. Compiled code is cached between
 * processes, because that halves the start of a command.
 */
export const bareEnvironment = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../../../node_modules/.cache/tests'),
} as const;
