import { ErrorCode, type FlagMetadata, type JsonValue } from '@openfeature/server-sdk';
import type { UntypedResolution } from '../flag-evaluator.ts';

/** `evaluationSuccess` of OFREP. Without a value, the client uses the default in its code. */
interface EvaluationSuccess {
  readonly key: string;
  readonly value?: JsonValue;
  readonly reason: string;
  readonly variant: string;
  readonly metadata: FlagMetadata;
}

/** `evaluationFailure` and `flagNotFound` of OFREP. */
interface EvaluationFailure {
  readonly key: string;
  readonly errorCode: ErrorCode;
  readonly errorDetails: string;
  readonly metadata: FlagMetadata;
}

export interface EvaluationResponse {
  readonly status: 200 | 400 | 404 | 500;
  readonly body: EvaluationSuccess | EvaluationFailure;
}

/**
 * Response of OFREP 0.3.0 for one flag.
 *
 * `variant` and `metadata` are optional there, but always given here: the clients for Python (0.3.0)
 * and Java (0.0.2) fail without them. The reason DEFAULT, which the protocol's own decisions use and
 * flagd gives, is not among those that its OpenAPI text lists.
 */
export function evaluationResponse(key: string, resolution: UntypedResolution): EvaluationResponse {
  const { metadata } = resolution;
  switch (resolution.kind) {
    case 'value': {
      const { value, reason, variant } = resolution;
      return { status: 200, body: { key, value, reason, variant, metadata } };
    }
    case 'caller-default': {
      const { reason } = resolution;
      return { status: 200, body: { key, reason, variant: '', metadata } };
    }
    case 'error': {
      const { errorCode, errorMessage: errorDetails } = resolution;
      return { status: statusOf(errorCode), body: { key, errorCode, errorDetails, metadata } };
    }
  }
}

function statusOf(errorCode: ErrorCode): 400 | 404 | 500 {
  if (errorCode === ErrorCode.FLAG_NOT_FOUND) return 404;
  return errorCode === ErrorCode.PROVIDER_NOT_READY ? 500 : 400;
}
