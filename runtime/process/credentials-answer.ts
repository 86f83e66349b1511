import { createHash, timingSafeEqual } from 'node:crypto';
import { roleCredentials } from '../contract/role-credentials.ts';
import type { RenewedCredentials } from './role-credentials.ts';

export interface CredentialsAnswersOptions {
  readonly credentials: Pick<RenewedCredentials, 'current' | 'failure'>;
  readonly roleArn: string;
  /** Token that members send as Authorization. Secret. */
  readonly token: string;
}

/**
 * Answers of the endpoint of credentials, in the form of Amazon ECS, which every SDK reads:
 * - `/credentials`: the credentials, for the token alone; 503 while there are none.
 * - `/readyz`: 200 while there are some, else 503.
 */
export function credentialsAnswers(options: CredentialsAnswersOptions) {
  const wanted = digest(options.token);
  return (request: Request): Response => {
    if (request.method !== 'GET') return problem(405, 'use GET');
    switch (new URL(request.url).pathname) {
      case '/readyz':
        return readiness(options);
      case roleCredentials.path: {
        const given = digest(request.headers.get('authorization') ?? '');
        return timingSafeEqual(given, wanted) ? answer(options) : problem(401, 'wrong token');
      }
      default:
        return problem(404, 'not found');
    }
  };
}

function answer({ credentials: { current, failure }, roleArn }: CredentialsAnswersOptions) {
  if (current === undefined) {
    return problem(
      503,
      `there are no credentials now: ${failure ?? 'they were not asked for yet'}`,
    );
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = current;
  const body = {
    RoleArn: roleArn,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: new Date(expiresAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  return Response.json(body, { headers: { 'cache-control': 'no-store' } });
}

function readiness({ credentials: { current, failure } }: CredentialsAnswersOptions): Response {
  const body = { ready: current !== undefined, failure: failure ?? null };
  return Response.json(body, { status: body.ready ? 200 : 503 });
}

/** SDKs show `message`. */
function problem(status: number, message: string): Response {
  return Response.json({ code: `perch-${status}`, message }, { status });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
