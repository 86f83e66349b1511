import { z } from 'zod';
import { schema } from '../../../config/schema.ts';
import { overSsh } from '../../../shell/over-ssh.ts';
import type { Finding } from '../survey.ts';
import type { ReadConfiguration } from './configuration.ts';
import { failureOf } from './failure-of.ts';

const read = z.object({
  servers: schema.servers,
  sshPrivateKey: z.string(),
  sshProxyJump: schema.sshProxyJump.catch(undefined),
});

/** Servers of the configuration that do not let its key in. Each is asked, if its host key is the pinned one. */
export async function refusedLogins(
  config: ReadConfiguration,
): Promise<readonly Finding[] | { readonly unchecked: string }> {
  if ('why' in config) return { unchecked: 'the configuration cannot be read' };
  const { values } = config;
  if (values['perch:target'] !== 'server') return [];
  const parsed = read.safeParse({
    servers: values['perch:servers'],
    sshPrivateKey: values['perch:sshPrivateKey'],
    sshProxyJump: values['perch:sshProxyJump'] ?? '',
  });
  if (!parsed.success) return { unchecked: 'perch:servers or perch:sshPrivateKey is not set' };
  const { servers, sshPrivateKey: privateKey, sshProxyJump: proxyJump } = parsed.data;
  const findings = await Promise.all(
    servers.map(async ({ name, address: host, port, user, hostKey }): Promise<Finding[]> => {
      const login = { host, port, user, hostKey, privateKey, proxyJump };
      const evidence = await failureOf(overSsh(login, user === 'root' ? 'true' : 'sudo -n true'));
      if (evidence === undefined) return [];
      const remedy = `ssh-copy-id -i FILE_OF_THE_KEY -p ${port} ${user}@${host}; a user that is not root needs sudo without a password`;
      return [{ subject: name, problem: 'lets nobody in', evidence, remedy }];
    }),
  );
  return findings.flat();
}
