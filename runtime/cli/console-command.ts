import os from 'node:os';
import { Command, Option } from 'commander';
import type { Hono } from 'hono';
import { pino, type Logger } from 'pino';
import { consoleConfig, defaultListen, type ConsoleArguments } from '../console/config.ts';
import { createConsole } from '../console/console.ts';
import type { SignInConfig } from '../console/sign-in/sign-in-config.ts';
import { ServiceList } from '../console/services/service-list.ts';
import { openServiceParts } from '../console/services/service-parts.ts';
import { env } from '../contract/env.ts';
import { operatorName } from '../contract/operator-name.ts';
import { RedisClock } from '../store/redis/redis-clock.ts';
import { HttpService } from '../process/http-service.ts';
import { connectOrDefer } from '../process/connect-or-defer.ts';
import { stopSignal } from '../process/stop-signal.ts';
import { collect } from './output.ts';

const help = `
Environment:
  ${env.service}    name of the service
  ${env.redisUrl}  redis:// or rediss:// URL with the password
  ${env.operator}   name of the person who makes the changes; default: user and machine

People sign in at an OpenID provider if these are set; all of them but the last must be:
  ${env.consoleOrigin}      address for browsers, https://HOST
  ${env.oidcIssuer}         issuer of the provider, a URL
  ${env.oidcClientId}      id of the console at the provider; its redirect URI
                            is https://HOST/sign-in/callback
  ${env.oidcClientSecret}  secret of that id
  ${env.oidcUsers}          people who may make changes: email addresses, and
                            @DOMAIN for a whole domain, separated by commas
  ${env.oidcViewers}        people who may only look

Otherwise the console has no login: everyone who can reach it can make changes. That of a
deployed stack is opened from another machine by npx perch --stack NAME console, or over ssh:
  ssh -L 8090:127.0.0.1:8090 HOST

Example:
  $ perch console --listen 127.0.0.1:8090`;

const drainTimeoutMs = 2_000;

/** `perch console`: serves a web page that shows the release and changes it. */
export function consoleCommand(): Command {
  return new Command('console')
    .description('Serve a web page on this machine that shows the release and changes it.')
    .option('--listen <ip:port>', 'address and port to listen on', defaultListen)
    .addOption(
      new Option(
        '--allowed-host <name>',
        'further host name by which browsers may reach the console; may be repeated',
      )
        .default([], 'none')
        .argParser(collect),
    )
    .addOption(
      new Option('--link <name=url>', 'link in the header of the page; may be repeated')
        .default([], 'none')
        .argParser(collect),
    )
    .option('--read-only', 'only show, change nothing', false)
    .addHelpText('after', help)
    .action(runConsole);
}

async function runConsole(given: ConsoleArguments): Promise<void> {
  const config = consoleConfig(given, process.env);
  const { service, redisUrl, host, port, allowedHosts, links, isReadOnly, signIn } = config;
  const { operator = operatorName(os) } = config;
  const logger = pino({ name: 'console' });
  const redis = await connectOrDefer({ url: redisUrl, name: 'perch-console', logger });
  const clock = new RedisClock();
  const now = () => clock.now();
  const list = new ServiceList({ redis, own: service, now });
  const services = () => list.read();
  try {
    await clock.follow(redis);
    const { app, stop } = createConsole({
      service,
      serviceNames: () => list.names(),
      openService: (name) => openServiceParts({ redis, service: name, services, now, logger }),
      operator,
      isReadOnly,
      allowedHosts,
      links,
      ...(signIn !== undefined && { signIn: await signInRoutes(signIn, logger) }),
      logger,
    });
    const http = await HttpService.listen({ fetch: app.fetch, host, port });
    logger.info({ origin: http.origin }, 'console is listening');
    await stopSignal();
    await stop();
    await http.drain(drainTimeoutMs);
  } finally {
    await clock.stop();
    redis.disconnect();
  }
}

/** Loads the OpenID client only where people sign in. */
async function signInRoutes(config: SignInConfig, logger: Logger): Promise<Hono> {
  const { signIn } = await import('../console/sign-in/sign-in.ts');
  return signIn({ config, logger, now: Date.now });
}
