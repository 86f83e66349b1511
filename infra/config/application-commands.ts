/** Codecs of the commands that run in the application's image beside its members. */
import { z } from 'zod';
import { namePattern, nameRule } from '../../runtime/contract/names.ts';
import { got, json, list, mapProblem } from './codecs.ts';
import { numberOf } from './monitor-settings.ts';

const word = z
  .string({ error: ({ input }) => got('must be text', input) })
  // A variable or an argument of the operating system ends there.
  .refine((value) => !value.includes('\0'), { error: 'must not contain a null character' });

const firstWordRule = 'must begin with a program';
const isCommand = ([program]: readonly string[]) => program !== undefined && program !== '';

/** Program and arguments. Empty: none. */
export const hookCommand = list(word).refine((words) => words.length === 0 || isCommand(words), {
  error: ({ input }) => got(firstWordRule, input),
});

const worker = z.strictObject(
  {
    command: z
      .array(word, { error: ({ input }) => got('must be a list of words', input) })
      .refine(isCommand, { error: ({ input }) => got(firstWordRule, input) }),
    count: numberOf({ default: 1, least: 0, most: 100, whole: true }).default(1),
    memoryMiB: numberOf({ default: 256, least: 16, most: 1_048_576, whole: true }).default(256),
    stopSeconds: numberOf({ default: 30, least: 1, most: 86_400, whole: true }).default(30),
    onCanary: z
      .boolean({ error: ({ input }) => got('must be true or false', input) })
      .default(false),
  },
  { error: mapProblem },
);

/** Longest name of a worker: Docker's names of containers have a track and a number too. */
const longestName = 40;
const workerName = z.string().max(longestName).regex(namePattern);
const workerNameRule = `must have a name of at most ${longestName} characters: ${nameRule}`;

/** Name to worker. */
export const workers = json(
  'map',
  z.record(workerName, worker, {
    error: ({ code }) => (code === 'invalid_key' ? workerNameRule : 'must be a map'),
  }),
);
