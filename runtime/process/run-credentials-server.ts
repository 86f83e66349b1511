import { createServer } from 'node:http';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/nested-clients/sts';
import { getRequestListener } from '@hono/node-server';
import { pino } from 'pino';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { nameSchema } from '../core/input/name-schema.ts';
import {
  addressSchema,
  adminAddressSchema,
  tokenSchema,
} from '../proxy/settings/setting-schemas.ts';
import { listenAdmin } from '../proxy/workers/listen-admin.ts';
import { credentialsAnswers } from './credentials-answer.ts';
import { HttpService } from './http-service.ts';
import { RenewedCredentials, type RoleCredentials } from './role-credentials.ts';
import { returnMemory } from './return-memory.ts';
import { stopSignal } from './stop-signal.ts';

export interface CredentialsArguments {
  readonly listen: string;
  readonly admin?: string | undefined;
  readonly role: string;
  readonly region: string;
}

const arn = 'must be the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME';
const settings = z.object({
  '--listen': addressSchema,
  '--admin': adminAddressSchema.optional(),
  '--role': z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, arn),
  '--region': z.string().regex(/^[a-z0-9-]+$/, 'must be a region of AWS, such as eu-central-1'),
  [env.service]: nameSchema('must be set'),
  [env.host]: nameSchema('must be set'),
  [env.roleToken]: z.string('must be set').pipe(tokenSchema),
});

/** Longest session that a role gets which another role assumed (role chaining), seconds. */
const sessionSeconds = 3_600;
const limits = { maxConnections: 1_024, requestTimeoutMs: 10_000, idleTimeoutMs: 10_000 };
const requestTimeoutMs = 5_000;
const drainTimeoutMs = 2_000;

/**
 * Serves the credentials of a role until a signal to stop. The role is assumed with what the SDK finds:
 * on a host, its own role.
 * @throws PerchError `bad_input` or `port_in_use`.
 */
export async function runCredentialsServer(given: CredentialsArguments): Promise<void> {
  const { listen, admin, role, region } = given;
  const options = { '--listen': listen, '--admin': admin, '--role': role, '--region': region };
  const input = { ...process.env, ...options };
  const read = requireInput(parseInput(settings, input, { secret: [env.roleToken] }));
  const logger = pino({ name: 'credentials' });
  const sts = new STSClient({ region, credentials: defaultProvider(), maxAttempts: 2 });
  const session = `${read[env.service]}-${read[env.host]}`.replaceAll(/[^\w+=,.@-]/g, '-');
  const credentials = new RenewedCredentials({
    assume: async () => await assumed(sts, { role, session: session.slice(0, 64) }),
    logger,
  });
  const token = read[env.roleToken];
  const fetch = credentialsAnswers({ credentials, roleArn: role, token });
  const listener = getRequestListener(fetch);
  const adminServer = createServer((request, response) => void listener(request, response));
  try {
    if (read['--admin'] !== undefined) await listenAdmin(adminServer, read['--admin']);
    const http = await HttpService.listen({ ...read['--listen'], fetch, limits, reusePort: true });
    await credentials.start();
    returnMemory();
    logger.info({ origin: http.origin, role }, 'credentials server is listening');
    await stopSignal();
    await http.drain(drainTimeoutMs);
  } finally {
    credentials.stop();
    adminServer.close();
    adminServer.closeAllConnections();
    sts.destroy();
  }
}

async function assumed(
  sts: STSClient,
  { role, session }: { readonly role: string; readonly session: string },
): Promise<RoleCredentials> {
  const command = new AssumeRoleCommand({
    RoleArn: role,
    RoleSessionName: session,
    DurationSeconds: sessionSeconds,
  });
  const abortSignal = AbortSignal.timeout(requestTimeoutMs);
  const { Credentials: found } = await sts.send(command, { abortSignal });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = found ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || Expiration === undefined) {
    throw new PerchError('unsupported', `AWS returned no credentials of ${role}`);
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAtMs: Expiration.getTime(),
  };
}
