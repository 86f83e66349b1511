import { expect, test } from 'vitest';
import type { StoredRoute } from '../../../runtime/core/edge/route.ts';
import { noRoutes, type RoutesDocument } from '../../../runtime/core/edge/routes-document.ts';
import { Exhaustion } from '../../../runtime/proxy/members/exhaustion.ts';
import { LameDuck } from '../../../runtime/proxy/routing/lame-duck.ts';
import { EdgeServices } from '../../../runtime/proxy/services/edge-services.ts';
import { ServedService } from '../../../runtime/proxy/services/served-service.ts';
import { proxySettings } from '../../../runtime/proxy/settings/settings.ts';
import { RedisClock } from '../../../runtime/store/redis/redis-clock.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

/** Service without members, which follows its document once `followed` has settled. */
class LateService extends ServedService {
  readonly #followed: Promise<void> | undefined;

  constructor(name: string, followed?: Promise<void>) {
    super({
      name,
      settings: proxySettings({ document: 'none.json' }, {}),
      registered: () => undefined,
      assetPaths: [],
      healthHost: undefined,
      edge: undefined,
      fileCertificate: () => undefined,
      routesGeneration: () => 0,
      session: undefined,
      id: 'proxy-0',
      logger,
      clock: new RedisClock(),
      exhaustion: new Exhaustion(logger),
      lameDuck: new LameDuck({ stateDir: undefined, healthPath: '/' }),
      breakConnections: () => {},
      onStatus: () => {},
    });
    this.#followed = followed;
  }

  override async start(): Promise<void> {
    await this.#followed;
  }
}

test('a service whose route is back while it leaves stays, however long another takes to join', async () => {
  const { promise: followed, resolve: follow } = Promise.withResolvers<void>();
  const joining: string[] = [];
  let current: RoutesDocument = noRoutes;
  let changed = () => {};
  const services = new EdgeServices({
    own: new LateService('shop'),
    join: (name) => {
      joining.push(name);
      return new LateService(name, name === 'api' ? followed : undefined);
    },
    routes: {
      get current() {
        return current;
      },
      onChange: (listener) => {
        changed = () => listener(current);
        return () => {};
      },
      start: async () => {},
      stop: async () => {},
    },
    healthPath: '/healthz',
    drainTimeoutMs: 1_000,
    closeConnections: () => {},
    onChange: () => {},
    logger,
  });
  const names = () => services.all.map(({ name }) => name);
  const apply = (generation: number, ...routed: readonly string[]) => {
    current = { generation, routes: routed.map(routeOf) };
    changed();
  };
  await services.start();
  apply(1, 'blog');
  await until(() => services.generation === 1);
  apply(2);
  await until(() => services.generation === 2);
  apply(3, 'blog', 'api');
  await until(() => joining.includes('api'));
  services.refresh();
  follow();
  await until(() => services.generation === 3);
  expect(names()).toEqual(['shop', 'blog', 'api']);
  expect(joining).toEqual(['blog', 'api']);
  await services.stop();
});

function routeOf(service: string): StoredRoute {
  return { service, hosts: [`${service}.example`], tls: 'none', updatedAt: 0 };
}
