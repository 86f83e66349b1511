/**
 * `npm run bench:console [-- --seconds N]`: opens the console in Chromium with 100 members, 10,000
 * events and an hour of charts, then the list of 20 services, while all of it changes every second, and prints the
 * frame times, the long tasks and the time of the main thread, beside an empty page of the same browser.
 * docs/performance.md explains the numbers.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { openPage, startBrowser } from '../test/support/browser.ts';
import { startRedis } from '../test/support/redis/redis-server.ts';
import { ConsoleServer } from '../test/console/console-server.ts';
import { stageServices } from '../test/console/several-services.ts';
import { changeAll, stageLargeService } from './console/large-service.ts';
import { changeServices } from './console/many-services.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } });
const seconds = Number(values.seconds);
if (!(seconds >= 1)) throw new Error(`--seconds must be a number from 1, got ${values.seconds}`);

/** Services beside the large one. */
const services = Array.from({ length: 19 }, (_, index) => `service-${index + 1}`);

const smoothness = z.object({ frames: z.array(z.number()), longTasksMs: z.array(z.number()) });

/** Runs in the page: its frame times and long tasks over some time. */
const measure = `(ms) => new Promise((resolve) => {
  const frames = [];
  const longTasksMs = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasksMs.push(duration);
  }).observe({ entryTypes: ['longtask'] });
  const begun = performance.now();
  let last = begun;
  const next = (now) => {
    frames.push(now - last);
    last = now;
    if (now - begun < ms) requestAnimationFrame(next);
    else resolve({ frames: frames.slice(1), longTasksMs });
  };
  requestAnimationFrame(next);
})`;

await using cleanup = new AsyncDisposableStack();
const redis = cleanup.use(await startRedis());
const stage = cleanup.use(await ConsoleServer.start(redis));
await stageLargeService(stage);
await stageServices(stage, services);
const browser = cleanup.adopt(await startBrowser(), (one) => one.close());

const empty = await openPage(browser);
await empty.goto('data:text/html,<title>empty</title>');
const baseline = await smoothnessOf(empty);
print('empty page', baseline);
await empty.close();

const page = await openPage(browser);
await page.setViewportSize({ width: 1_440, height: 900 });
await page.goto(`${stage.origin}/?service=shop`);
await page.locator('#member-rows tr').nth(99).waitFor();
await page.locator('input[value="1h"]').check();
await page.locator('#chart-harm canvas').waitFor();
await delay(2_000);
const changing = new AbortController();
const changes = [
  changeAll(stage, changing.signal),
  changeServices(stage, services, changing.signal),
];
print('console', await smoothnessOf(page));
await page.getByRole('button', { name: 'Table of Requests' }).click();
print('console, a table open', await smoothnessOf(page));
await page.goto(stage.origin);
await page.locator('#service-list li').nth(services.length).waitFor();
print(`list of ${services.length + 1} services`, await smoothnessOf(page));
changing.abort();
await Promise.all(changes);

async function smoothnessOf(
  one: Page,
): Promise<z.infer<typeof smoothness> & { readonly busyPercent: number }> {
  const session = await one.context().newCDPSession(one);
  await session.send('Performance.enable');
  const busyMs = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
  };
  const before = await busyMs();
  const measured = smoothness.parse(await one.evaluate(`(${measure})(${seconds * 1_000})`));
  return { ...measured, busyPercent: ((await busyMs()) - before) / (seconds * 10) };
}

function print(
  name: string,
  { frames, longTasksMs, busyPercent }: Awaited<ReturnType<typeof smoothnessOf>>,
) {
  const sorted = frames.toSorted((a, b) => a - b);
  const quantile = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? NaN;
  const [median, p99, longest] = [0.5, 0.99, 1].map((part) => `${quantile(part).toFixed(1)} ms`);
  const longTasks = `${longTasksMs.length} long tasks (longest ${Math.max(0, ...longTasksMs)} ms)`;
  console.log(
    `${name}: ${(frames.length / baseline.frames.length).toFixed(2)} frames per frame of the empty page, ` +
      `median ${median}, p99 ${p99}, longest ${longest}; ` +
      `${longTasks}; main thread ${busyPercent.toFixed(1)}% busy`,
  );
}
