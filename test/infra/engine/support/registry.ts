import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../../rehearsal/loopback.ts';
import { until } from '../../../support/until.ts';
import { accepts } from './sshd.ts';

export interface TestRegistry extends AsyncDisposable {
  /** `host:port/path` */
  readonly address: string;
  readonly port: number;
}

/** Reason why no registry can run here. Undefined: one can. */
export function whyNoRegistry(): string | undefined {
  return spawnSync('which', ['docker-registry']).status === 0 ? undefined : 'no docker-registry';
}

/** Login for a registry that requires one. */
export const registryLogin = { username: 'deploy', password: 'right-password' };
const bcryptOfPassword = '$2y$05$abcdefghijklmnopqrstuuBO.kmgTJhdt40M5ZyHgFmcpBdUb9aS.';

/**
 * A real registry on 127.0.0.1, which Docker trusts without TLS.
 * @param access `anyone`, or only clients with the {@link registryLogin}.
 */
export async function startRegistry(access: 'anyone' | 'login' = 'anyone'): Promise<TestRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-registry-'));
  const port = await freePort();
  const passwords = join(folder, 'htpasswd');
  writeFileSync(passwords, `${registryLogin.username}:${bcryptOfPassword}\n`);
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
    ...(access === 'login' && { auth: { htpasswd: { realm: 'perch', path: passwords } } }),
  };
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
  });
  await until(() => accepts(port), { what: 'the registry to accept connections' });
  return {
    address: `127.0.0.1:${port}/perch`,
    port,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
