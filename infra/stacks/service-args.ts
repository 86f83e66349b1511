/** Translates a stack's configuration into the arguments of its services. */
import { consoleOrigin } from '../config/console.ts';
import { routedHosts } from '../config/edge.ts';
import { hostArchitectures } from '../config/host-architectures.ts';
import { builtImage, noRegistry } from '../config/image-reference.ts';
import type { Track } from '../../runtime/contract/names.ts';
import type { StackConfig } from '../config/stack-config.ts';
import { mostSwapsAtOnce } from '../config/swaps.ts';
import type { ReleaseImagesArgs } from '../images/release-images.ts';
import type { AppArgs } from '../services/app.ts';
import type { CanaryWeightArgs } from '../services/canary-weight.ts';
import type { MonitorConfigOptions } from '../services/monitor-config.ts';
import type { HostMonitorArgs } from '../services/host-monitor.ts';
import { flagsUrl } from '../services/flags-endpoint.ts';
import type { HostProxyArgs } from '../services/host-proxy.ts';
import { metricsPortOf } from '../services/metrics-port.ts';
import type { RedisArgs } from '../services/redis.ts';

export function imageArgs(config: StackConfig): Omit<ReleaseImagesArgs, 'registry' | 'logins'> {
  return {
    service: config.service,
    image: config.image,
    canaryImage: config.canaryImage === builtImage ? undefined : config.canaryImage,
    buildsCanary: config.canaryImage === builtImage,
    buildContext: config.buildContext,
    runtimeImage: config.runtimeImage,
    baseImage: config.baseImage,
    version: config.version,
    sendsImages: config.registry === noRegistry,
    architectures: hostArchitectures(config),
  };
}

export function redisArgs(config: StackConfig): Omit<RedisArgs, 'host' | 'after'> {
  return {
    service: config.service,
    image: config.redisImage,
    port: config.redisPort,
    memoryMiB: config.redisMemoryMiB,
    startTimeoutSeconds: config.startTimeoutSeconds,
  };
}

export function monitorArgs(
  config: StackConfig,
): Omit<HostMonitorArgs, 'host' | 'image' | 'redis' | 'edgeKey'> {
  return {
    service: config.service,
    config: monitorConfigOptions(config),
    webhookUrl: config.webhookUrl,
    webhookSecret: config.webhookSecret,
    environment: config.monitorEnvironment,
    metricsPort: metricsPortOf(config.metricsPort, 'monitor'),
    startTimeoutSeconds: config.startTimeoutSeconds,
  };
}

export function monitorConfigOptions(config: StackConfig): MonitorConfigOptions {
  return {
    region: config.region,
    alertFrom: config.alertFrom,
    alertTo: config.alertTo,
    smsNumbers: config.smsNumbers,
    thresholds: config.thresholds,
    killFlags: config.killFlags,
    judge: config.judge,
    memory: config.memory,
    disks: config.disks,
    reAlertMinutes: config.reAlertMinutes,
    link: config.link ?? consoleOrigin(config),
    cloudwatch:
      config.target === 'aws'
        ? { alarms: config.cloudwatchAlarms, containers: config.cloudwatchContainers }
        : undefined,
  };
}

/** Arguments of one track's app. */
export function appArgs(
  config: StackConfig,
  track: Track,
): Omit<AppArgs, 'hosts' | 'image' | 'version' | 'redis' | 'control' | 'roleAccess' | 'after'> {
  return {
    track,
    service: config.service,
    port: config.appPort,
    healthPath: config.healthPath,
    healthHost: config.healthHost,
    healthCommand: config.healthCommand,
    environment: config.environment,
    secretEnvironment: config.secretEnvironment,
    flagsUrl: config.flagEndpoint ? flagsUrl(config.service) : undefined,
    log: { driver: config.logDriver, options: config.logOptions },
    memoryLimitMiB: config.memoryLimitMiB,
    memoryCapMiB: config.memoryCapMiB,
    startTimeoutSeconds: config.startTimeoutSeconds,
    drainTimeoutSeconds: config.drainTimeoutSeconds,
    // The monitors judge the canary, from its first share of the traffic on.
    ...(track === 'stable'
      ? { swapAtOnce: config.swapAtOnce, swapJudgeSeconds: config.swapJudgeSeconds }
      : { swapAtOnce: mostSwapsAtOnce, swapJudgeSeconds: 0 }),
  };
}

/** Arguments of the canary's share. */
export function shareArgs({
  canaryWeight: weight,
  affinity,
  steps,
  onInconclusive,
}: StackConfig): Omit<CanaryWeightArgs, 'control' | 'canary'> {
  return { weight, affinity, steps, onInconclusive };
}

export function proxyArgs(
  config: StackConfig,
): Pick<
  HostProxyArgs,
  | 'service'
  | 'port'
  | 'workers'
  | 'healthPath'
  | 'healthHost'
  | 'assetPaths'
  | 'metricsPort'
  | 'accessLog'
  | 'startTimeoutSeconds'
  | 'drainTimeoutSeconds'
  | 'unjudgedAfterSeconds'
  | 'warmUpSeconds'
> {
  return {
    service: config.service,
    port: config.httpPort,
    workers: config.proxyWorkers,
    healthPath: config.healthPath,
    healthHost: config.healthHost,
    // A service with a route has them there: a change of that replaces no proxy.
    assetPaths: routedHosts(config).length > 0 ? [] : config.assetPaths,
    metricsPort: config.metricsPort,
    accessLog: config.accessLog,
    startTimeoutSeconds: config.startTimeoutSeconds,
    drainTimeoutSeconds: config.drainTimeoutSeconds,
    unjudgedAfterSeconds: config.judge.unjudgedAfterSeconds,
    warmUpSeconds: config.judge.warmUpSeconds,
  };
}
