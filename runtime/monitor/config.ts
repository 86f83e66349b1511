import { z } from 'zod';
import { ejectsRule } from '../contract/actions.ts';
import { cloudwatchNamespace, containerMetrics } from '../contract/cloudwatch.ts';
import {
  judgeNumbers,
  memoryNumbers,
  ratesAreOrdered,
  ratesRule,
  reAlertMinutes,
} from '../contract/monitor-settings.ts';
import { numberProblem, type NumberSetting } from '../contract/number-setting.ts';
import { inputProblemsText, parseInput } from '../core/input/input.ts';
import { PerchError, type InputProblem } from '../contract/perch-error.ts';
import { actionSchema, has, raisesNoMemory } from '../core/alerting/rule.ts';
import { ruleSettingsSchema } from '../core/alerting/rule-config.ts';
import { httpUrl } from '../core/input/http-url.ts';
import { mailbox, text, webhookUrl } from './address-schemas.ts';

const path = text.startsWith('/', 'must be an absolute path');
const region = text.regex(/^[a-z0-9-]+$/, 'must be a region, such as eu-central-1');
const aws = { region: region.optional(), endpoint: httpUrl.optional() };

/** Schemas of the numbers of one section of the configuration, by key. */
function numbersOf<K extends string>(settings: Readonly<Record<K, NumberSetting>>) {
  const schemas = Object.entries<NumberSetting>(settings).map(
    ([key, setting]) => [key, numberOf(setting)] as const,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- entries of the settings have their keys
  return Object.fromEntries(schemas) as Record<K, ReturnType<typeof numberOf>>;
}

function numberOf(setting: NumberSetting) {
  const checked = z.number('must be a number').superRefine((value, context) => {
    const message = numberProblem(setting, value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
  return checked.default(setting.default);
}

// The fields that a check over several fields needs. It runs even if other fields are invalid, so
// that people see all problems at once.
const withRates = z.object({ goodRate: z.number(), badRate: z.number() });

const judgeSchema = z
  .strictObject({
    ...numbersOf(judgeNumbers),
    /** Actions of a harmful verdict: `eject-canary`, and flags to switch off. */
    actions: z
      .array(actionSchema, 'must be a list of actions')
      .refine((actions) => has(actions, 'eject-canary'), ejectsRule)
      .refine(...raisesNoMemory)
      .prefault(['eject-canary']),
  })
  .refine(ratesAreOrdered, {
    path: ['goodRate'],
    error: ratesRule,
    when: ({ value }) => withRates.safeParse(value).success,
  });

const containerMetric = z.enum(containerMetrics, `must be one of ${containerMetrics.join(', ')}`);
const chosenContainerMetrics = z
  .union([z.array(containerMetric), z.literal(false).transform(() => [])], {
    error: ({ code }) =>
      code === 'invalid_union' ? 'must be a list of metrics, or false' : undefined,
  })
  .default([]);

const alarm = z.strictObject({
  name: text,
  actions: z
    .array(actionSchema, 'must be a list of actions')
    .refine(...raisesNoMemory)
    .prefault(['alert']),
  /** True if INSUFFICIENT_DATA counts as ALARM. */
  insufficientDataBreaches: z.boolean('must be true or false').default(false),
});

/** Schema of the monitor's configuration, a file or an environment variable. Unknown keys are refused. */
export const monitorConfigSchema = z.strictObject({
  /** URL for people, in every message. */
  link: httpUrl.optional(),
  /** Path of the host's own /proc. */
  procRoot: path.default('/proc'),
  /** A path on each file system to watch. */
  disks: z.array(path, 'must be a list of paths').default(['/']),
  docker: z.strictObject({ socketPath: path }).nullable().default(null),
  /** True if members are processes of this machine. */
  processes: z.boolean('must be true or false').default(false),
  rules: ruleSettingsSchema.prefault({}),
  judge: judgeSchema.prefault({}),
  memory: z.strictObject(numbersOf(memoryNumbers)).prefault({}),
  reAlertMinutes: numberOf(reAlertMinutes),
  email: z
    .strictObject({
      from: mailbox,
      to: z
        .array(mailbox, 'must be a list of email addresses')
        .min(1, 'must hold at least one address')
        .max(50, 'must hold at most 50 addresses, the limit of SES'),
      ...aws,
    })
    .optional(),
  sms: z
    .strictObject({
      numbers: z
        .array(
          z.string().regex(/^\+\d{7,15}$/, 'must be in E.164 form: + and 7 to 15 digits'),
          'must be a list of numbers',
        )
        .min(1, 'must hold at least one number'),
      ...aws,
    })
    .optional(),
  webhook: z.strictObject({ url: webhookUrl }).optional(),
  cloudwatch: z
    .strictObject({
      namespace: text.max(255, 'must be at most 255 characters').default(cloudwatchNamespace),
      alarms: z.array(alarm, 'must be a list of alarms').default([]),
      /** Metrics of containers to publish; CloudWatch charges for each container. */
      containers: chosenContainerMetrics,
      ...aws,
    })
    .optional(),
});

export type MonitorConfig = z.output<typeof monitorConfigSchema>;

/** Fields whose values appear in no message: a webhook's URL is often its own password. */
const secret = ['webhook', 'webhook.url'];

/**
 * Parses the configuration, all or nothing.
 * @param origin - name of its file or environment variable, for messages.
 * @throws PerchError `bad_input` with every problem.
 */
export function parseMonitorConfig(json: string, origin: string): MonitorConfig {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch (cause) {
    throw new PerchError('bad_input', `${origin} must be JSON`, { cause });
  }
  return monitorConfigOf(monitorConfigSchema, given, origin);
}

/**
 * Returns the configuration that a value is, all or nothing.
 * @throws PerchError `bad_input` with every problem.
 */
export function monitorConfigOf<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  origin: string,
): z.output<Schema> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new PerchError('bad_input', `${origin} must be a JSON object`);
  }
  const parsed = parseInput(schema, given, { secret });
  if (parsed.ok) return parsed.value;
  throw new PerchError('bad_input', `${origin}: ${inputProblemsText(parsed.problems.map(plain))}`);
}

/** Replaces the library's message where the schema has none. */
function plain(problem: InputProblem): InputProblem {
  if (!problem.rule.startsWith('Invalid input')) return problem;
  const rule = problem.rule.includes('received undefined') ? 'must be given' : 'has the wrong type';
  return { ...problem, rule };
}
