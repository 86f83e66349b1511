import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { errorMessage } from '../../contract/error-message.ts';

/** Reason for which a provider signed nobody in, without secrets. */
export interface ProviderFailure {
  readonly kind: 'refused' | 'unreachable';
  readonly text: string;
}

/** Returns why a sign-in at the provider failed, for people. */
export function failureOf(error: unknown, issuer: string): ProviderFailure {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const { error: code, error_description: description } = error;
    const why = description === undefined ? code : `${code}, ${description}`;
    return { kind: 'refused', text: `The provider ${issuer} refused: ${why}.` };
  }
  const { code } = error instanceof ClientError ? error : {};
  const isUnreachable = error instanceof TypeError || unreachableCodes.has(code ?? '');
  const text = `${errorMessage(error)}${detailOf(error)}`;
  return isUnreachable
    ? { kind: 'unreachable', text: `The provider ${issuer} cannot be used: ${text}.` }
    : { kind: 'refused', text: `The answer of the provider ${issuer} was not accepted: ${text}.` };
}

/** Codes of a response that is not the provider's, or of none. */
const unreachableCodes = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]);

/** Part of the cause that helps: its message, a status, or the issuer that was found. */
function detailOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Response) return ` (${cause.status})`;
  if (cause instanceof Error) return ` (${cause.message || cause.name})`;
  const body: unknown = Reflect.get(Object(cause), 'body');
  const found: unknown = Reflect.get(Object(body), 'issuer');
  return typeof found === 'string' ? ` (it names ${found})` : '';
}
