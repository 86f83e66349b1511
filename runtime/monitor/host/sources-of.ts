import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MonitorConfig } from '../config.ts';
import { ContainerSource } from './sources/container-source.ts';
import { dockerClient } from './sources/docker-client.ts';
import { HostSource } from './sources/host-source.ts';
import { PortableHostSource } from './sources/portable-host-source.ts';
import { ProcessSource, type ProcessSourceOptions } from './sources/process-source.ts';
import type { Source } from './sources/source.ts';

type ProcessSetup = Omit<ProcessSourceOptions, 'procRoot'>;

/** Where this host's monitor looks. */
export function sourcesOf(
  { procRoot, disks, docker, processes }: MonitorConfig,
  { service, redisUrl, now }: ProcessSetup,
): Source[] {
  const linux = existsSync(join(procRoot, 'stat'));
  const client = docker === null ? undefined : dockerClient(docker.socketPath);
  return [
    linux ? new HostSource({ procRoot, disks }) : new PortableHostSource(),
    ...(client === undefined ? [] : [new ContainerSource({ docker: client, service, now })]),
    ...(processes ? [new ProcessSource({ procRoot, service, redisUrl, now })] : []),
  ];
}
