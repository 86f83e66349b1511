import { Command } from 'commander';
import { env } from '../contract/env.ts';
import { roleCredentials } from '../contract/role-credentials.ts';
import type { CredentialsArguments } from '../process/run-credentials-server.ts';

const help = `
Environment:
  ${env.service}     name of the service
  ${env.host}        name of this host
  ${env.roleToken}  token that members send as Authorization, at least 16 characters
  AWS credentials, with which the role is assumed, come from the SDK's default chain.

Example:
  $ perch credentials --role arn:aws:iam::123456789012:role/shop-app --region eu-central-1`;

/** `perch credentials`: serves the credentials of the members' role to their SDKs. */
export function credentialsCommand(): Command {
  const listen = `${roleCredentials.address}:${roleCredentials.port}`;
  return new Command('credentials')
    .description("Serve the credentials of the members' own role on AWS.")
    .requiredOption('--role <arn>', 'role to assume')
    .requiredOption('--region <region>', 'region of AWS')
    .option('--listen <ip:port>', 'address that members ask', listen)
    .option('--admin <host:port|unix:/path>', 'further address, for /readyz')
    .addHelpText('after', help)
    .action(async (given: CredentialsArguments) => {
      // The other commands need no client of STS.
      const { runCredentialsServer } = await import('../process/run-credentials-server.ts');
      await runCredentialsServer(given);
    });
}
