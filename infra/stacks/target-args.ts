/** Translates a stack's configuration into the arguments of its target. */
import * as pulumi from '@pulumi/pulumi';
import { changedHostVariable } from '../config/changed-host.ts';
import { hasLoadBalancer, httpsPortOf, tlsOf } from '../config/edge.ts';
import { architectureOfSize } from '../../runtime/contract/architecture.ts';
import { servedHosts } from '../config/console.ts';
import { defaultSize } from '../config/default-size.ts';
import { noRegistry } from '../config/image-reference.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Registry } from '../images/registry.ts';
import type { TargetArgs } from '../targets/make-target.ts';
import type { ProdNetwork } from '../targets/prod-network.ts';
import type { CloudTargetArgs } from '../targets/target.ts';

/** @param prodNetwork of the prod stack that a canary stack joins. */
export function targetArgs(config: StackConfig, prodNetwork?: ProdNetwork): TargetArgs {
  switch (config.target) {
    case 'docker':
      return { kind: 'docker', service: config.service };
    case 'server':
      return {
        kind: 'server',
        servers: config.servers,
        privateKey: sshPrivateKey(config),
        proxyJump: config.sshProxyJump,
        registry: configuredRegistry(config),
        pullLogins: config.pullLogins,
      };
    case 'aws':
      return {
        kind: 'aws',
        ...cloudArgs(config, defaultSize.aws, prodNetwork),
        drainTimeoutSeconds: config.drainTimeoutSeconds,
        architecture: architectureOfSize(config.size ?? defaultSize.aws),
        tags: config.tags,
        appPolicyArns: config.appPolicyArns,
        alertFrom: config.alertFrom,
        alertTo: config.alertTo,
        smsNumbers: config.smsNumbers,
        thresholds: config.thresholds,
        readsAlarms: config.cloudwatchAlarms.length > 0,
      };
    case 'digitalocean':
      return { kind: 'digitalocean', ...cloudArgs(config, defaultSize.digitalocean, prodNetwork) };
  }
}

/** Private key for ssh to every host. Secret. */
export function sshPrivateKey({ sshPrivateKey = '' }: StackConfig): pulumi.Output<string> {
  return pulumi.secret(sshPrivateKey);
}

function cloudArgs(
  config: StackConfig,
  usualSize: string,
  prodNetwork: ProdNetwork | undefined,
): CloudTargetArgs {
  const tls = tlsOf(config);
  return {
    service: config.service,
    role: config.role,
    region: config.region ?? '',
    size: config.size ?? usualSize,
    changedHost: process.env[changedHostVariable],
    hostCount: config.hostCount,
    proxyCount: config.proxyCount,
    proxyPort: config.httpPort,
    httpsPort: httpsPortOf(config),
    isBalanced: hasLoadBalancer(config),
    healthPath: config.healthPath,
    balancedHosts: tls === 'loadBalancer' ? servedHosts(config) : [],
    dnsZone: config.dnsZone,
    ssh: {
      cidrs: config.sshCidrs,
      publicKey: config.sshPublicKey ?? '',
      privateKey: sshPrivateKey(config),
      proxyJump: config.sshProxyJump,
    },
    networkRange: config.networkRange,
    redisPort: config.redisPort,
    metricsPort: config.metricsPort,
    managedRedis: config.redis === 'managed',
    registry: configuredRegistry(config),
    pullLogins: config.pullLogins,
    prodNetwork,
  };
}

function configuredRegistry(config: StackConfig): Registry | undefined {
  const { registry: address, registryUsername: username, registryPassword: password } = config;
  if (address === undefined || address === noRegistry) return undefined;
  return {
    address,
    username,
    password: password === undefined ? undefined : pulumi.secret(password),
  };
}
