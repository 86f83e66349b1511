/**
 * Codecs of the settings that monitors have too. A stack refuses what a monitor would refuse, before
 * any monitor runs.
 */
import { z } from 'zod';
import {
  actionPattern,
  actionRule,
  ejectsRule,
  noRaiseRule,
} from '../../runtime/contract/actions.ts';
import { containerMetrics } from '../../runtime/contract/cloudwatch.ts';
import {
  judgeNumbers,
  memoryNumbers,
  ratesAreOrdered,
  ratesRule,
  reAlertMinutes as reAlertSetting,
} from '../../runtime/contract/monitor-settings.ts';
import { flagKeyPattern, flagKeyRule } from '../../runtime/contract/names.ts';
import { numberProblem, type NumberSetting } from '../../runtime/contract/number-setting.ts';
import { got, json, list, mapProblem, oneOf, ruledNumber, text } from './codecs.ts';

/** A number within the bounds of `setting`. */
export function numberOf(setting: NumberSetting) {
  return ruledNumber((value) => numberProblem(setting, value));
}

/** Codecs of the numbers of one section, by key; none must be given. */
function numbersOf<K extends string>(settings: Readonly<Record<K, NumberSetting>>) {
  const codecs = Object.entries<NumberSetting>(settings).map(
    ([key, setting]) => [key, numberOf(setting).optional()] as const,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- entries of the settings have their keys
  return Object.fromEntries(codecs) as Record<K, z.ZodOptional<ReturnType<typeof numberOf>>>;
}

const isMap = { error: mapProblem };

const action = z
  .string({ error: ({ input }) => got(actionRule, input) })
  .regex(actionPattern, { error: ({ input }) => got(actionRule, input) })
  .refine(killsPossibleFlag, {
    error: ({ input }) => got(`must kill a flag by its key, ${flagKeyRule}`, input),
  });

/** Monitors accept more, because incidents of older releases name such keys; no flag has them. */
function killsPossibleFlag(action: string): boolean {
  const flag = actionPattern.exec(action)?.groups?.['flag'];
  return flag === undefined || flagKeyPattern.test(flag);
}

const actions = z
  .array(action, { error: ({ input }) => got('must be a list of actions', input) })
  .refine((given) => !given.includes('raise-memory'), {
    error: ({ input }) => got(noRaiseRule, input),
  });

const withRates = z.object({ goodRate: z.number().optional(), badRate: z.number().optional() });

export const judge = json(
  'map',
  z
    .strictObject(
      {
        ...numbersOf(judgeNumbers),
        actions: actions
          .refine((given) => given.includes('eject-canary'), {
            error: ({ input }) => got(ejectsRule, input),
          })
          .optional(),
      },
      isMap,
    )
    .refine(ratesAreOrdered, {
      path: ['goodRate'],
      error: ({ input }) => got(ratesRule, withRates.safeParse(input).data?.goodRate),
      when: ({ value }) => withRates.safeParse(value).success,
    }),
);

export const memory = json('map', z.strictObject(numbersOf(memoryNumbers), isMap));

const reAlertProblem = (value: string) =>
  numberProblem(reAlertSetting, value.trim() === '' ? value : Number(value));

export const reAlertMinutes = z
  .string()
  .refine((value) => reAlertProblem(value) === undefined, {
    error: ({ input }) => got(reAlertProblem(String(input)) ?? '', input),
  })
  .transform(Number);

const given = z
  .string({ error: ({ input }) => got('must be text', input) })
  .min(1, { error: ({ input }) => got('must not be empty', input) });

const path = given.startsWith('/', {
  error: ({ input }) => got('must be an absolute path', input),
});

export const disks = list(path);

export const link = text('be an http or https URL', (value) =>
  /^https?:$/.test(URL.parse(value)?.protocol ?? ''),
);

const alarm = z.strictObject(
  {
    name: given,
    actions: actions.optional(),
    insufficientDataBreaches: z
      .boolean({ error: ({ input }) => got('must be true or false', input) })
      .optional(),
  },
  isMap,
);

export const cloudwatchAlarms = list(alarm);

export const cloudwatchContainers = list(oneOf(containerMetrics));
