import { ErrorCode, type EvaluationContext } from '@openfeature/server-sdk';

export type ParsedRequest =
  | { readonly ok: true; readonly context: EvaluationContext }
  | { readonly ok: false; readonly errorCode: ErrorCode; readonly errorDetails: string };

/**
 * Parses the body of an evaluation request. As with flagd, a context may be absent, and need not have
 * a targeting key: then a flag without targeting by it still has its value.
 */
export function parseEvaluationRequest(text: string): ParsedRequest {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return refused(ErrorCode.PARSE_ERROR, 'body must be JSON');
  }
  if (!isObject(body)) return refused(ErrorCode.PARSE_ERROR, 'body must be a JSON object');
  const { context = null } = body;
  if (context === null) return { ok: true, context: {} };
  if (!isObject(context)) return refused(ErrorCode.INVALID_CONTEXT, 'context must be an object');
  if (!isContext(context)) {
    return refused(ErrorCode.INVALID_CONTEXT, 'context.targetingKey must be text');
  }
  return { ok: true, context };
}

function refused(errorCode: ErrorCode, errorDetails: string): ParsedRequest {
  return { ok: false, errorCode, errorDetails };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON holds nothing that a context may not hold, but for the type of the targeting key. */
function isContext(value: Record<string, unknown>): value is EvaluationContext {
  const { targetingKey } = value;
  return targetingKey === undefined || typeof targetingKey === 'string';
}
