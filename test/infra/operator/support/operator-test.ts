import { test as base } from '../../../support/fixtures.ts';
import { Stage } from './stage.ts';

/** Tests on a stack `prod` of service `shop` with hosts web-1 and web-2, each with a monitor. */
export const test = base.extend(
  'stage',
  async ({ sharedServer }, { onCleanup }): Promise<Stage> => {
    const stage = await Stage.start({
      hosts: ['web-1', 'web-2'],
      monitorEnvironment: {
        PERCH_REDIS_URL: sharedServer.url,
        PERCH_SERVICE: 'shop',
        PERCH_HOST: 'web-1',
      },
    });
    onCleanup(() => stage[Symbol.asyncDispose]());
    for (const host of stage.hosts) host.contain({ id: `monitor-${host.name}`, part: 'monitor' });
    return stage;
  },
);
