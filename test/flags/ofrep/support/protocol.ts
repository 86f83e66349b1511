/** Shapes of responses, after the OpenAPI text of OFREP 0.3.0; what it does not name is refused. */
import { z } from 'zod';

const metadata = z.record(z.string(), z.union([z.boolean(), z.string(), z.number()]));

/** `evaluationSuccess`. Its list of reasons lacks DEFAULT, which decision 6 of the protocol uses. */
const success = z.strictObject({
  key: z.string(),
  value: z
    .union([z.boolean(), z.string(), z.number(), z.record(z.string(), z.unknown())])
    .optional(),
  reason: z.enum(['STATIC', 'TARGETING_MATCH', 'SPLIT', 'DISABLED', 'UNKNOWN', 'DEFAULT']),
  variant: z.string().optional(),
  metadata: metadata.optional(),
});

/** `evaluationFailure`. */
const failure = z.strictObject({
  key: z.string(),
  errorCode: z.enum(['PARSE_ERROR', 'TARGETING_KEY_MISSING', 'INVALID_CONTEXT', 'GENERAL']),
  errorDetails: z.string().optional(),
  metadata: metadata.optional(),
});

/** `generalErrorResponse`, which takes further fields. */
const generalError = z.looseObject({ errorDetails: z.string().optional() });

/** Status to body, of `evaluateFlag`. */
export const single: Readonly<Record<number, z.ZodType>> = {
  200: success,
  400: failure,
  404: failure.extend({ errorCode: z.literal('FLAG_NOT_FOUND') }),
  429: generalError,
  500: generalError,
};

/** Status to body, of `evaluateFlagsBulk`. */
export const bulk: Readonly<Record<number, z.ZodType>> = {
  200: z.strictObject({ flags: z.array(z.union([success, failure])) }),
  400: z.strictObject({ errorCode: z.string(), errorDetails: z.string().optional() }),
  429: generalError,
  500: generalError,
};
