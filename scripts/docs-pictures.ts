/**
 * `npm run docs:pictures`: makes the pictures of docs/images from a release that is staged in a Redis of
 * its own, so that they show the pages as they are.
 */
import { join } from 'node:path';
import { ConsoleServer } from '../test/console/console-server.ts';
import { stageRollout } from '../test/console/staged-release.ts';
import { openPage, startBrowser } from '../test/support/browser.ts';
import { startRedis } from '../test/support/redis/redis-server.ts';

const path = join(import.meta.dirname, '../docs/images/console.png');

await using cleanup = new AsyncDisposableStack();
const redis = cleanup.use(await startRedis());
const stage = cleanup.use(await ConsoleServer.start(redis));
const browser = cleanup.adopt(await startBrowser(), (one) => one.close());
const page = await openPage(browser);
await page.setViewportSize({ width: 1_200, height: 900 });
await stageRollout(stage);
await page.goto(stage.origin);
await page.getByRole('heading', { name: 'Canary 2.1.0 has 25%, step 2 of 4' }).waitFor();
await page.locator('#chart-harm canvas').waitFor();
await page.screenshot({ path });
console.log(path);
