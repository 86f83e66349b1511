import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { RehearsalProcess } from '../../support/processes/rehearsal-process.ts';
import { perch } from '../../support/processes/perch.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { until } from '../../support/until.ts';
import { test } from '../../support/fixtures.ts';
import {
  hasShown,
  printedNumbers,
  shownNumbers,
  type Numbers,
  type Status,
} from './shown-numbers.ts';

test('a canary is watched from its first requests to its ejection, and every number is that of the commands', async ({
  page,
}) => {
  const port = String(await freePort());
  await using rehearsal = await RehearsalProcess.start(['--port', port, '--traffic', '0']);
  await rehearsal.untilPrinted(/--rehearsal status/);
  const origin = /console +(http:\S+)/.exec(rehearsal.output)?.[1] ?? '';
  const stage = new WatchedStage(page, rehearsal, `http://127.0.0.1:${port}`);
  await stage.begin({
    steps: [
      { weight: 25, minutes: 30 },
      { weight: 50, minutes: 30 },
    ],
  });
  await page.goto(origin);
  await page.getByRole('heading', { name: 'has 25%, step 1 of 2' }).waitFor();
  await stage.compare();

  await stage.send(200);
  await stage.untilCounted({ canary: 50, stable: 150 });
  const before = await stage.compare();
  expect(before.rollout.traffic).toMatchObject({ canary: { errors: 0 }, stable: { errors: 0 } });
  expect(before.incidents).toEqual([]);

  await stage.breakCanary();
  await until(async () => {
    await stage.send(20);
    return await page.getByRole('heading', { name: 'was ejected' }).isVisible();
  });
  await page.locator('#incident-list > li').first().waitFor();
  const after = await stage.compare();
  expect(after.release.weight).toBe(0);
  expect(after.incidents).toMatchObject([{ rule: 'canary-ejected' }]);
  rehearsal.signal('SIGINT');
  expect(await rehearsal.exited).toBe(0);
});

/** A rehearsal whose page is open. */
class WatchedStage {
  readonly #page: Page;
  readonly #rehearsal: RehearsalProcess;
  readonly #proxy: string;

  constructor(page: Page, rehearsal: RehearsalProcess, proxy: string) {
    this.#page = page;
    this.#rehearsal = rehearsal;
    this.#proxy = proxy;
  }

  /** Begins a rollout with steps, as a deployment does. */
  async begin(plan: object): Promise<void> {
    await this.#perch(['rollout', 'begin', 'watched'], JSON.stringify(plan));
  }

  async send(requests: number): Promise<void> {
    for (let count = 0; count < requests; count += 1) {
      await (await fetch(`${this.#proxy}/version`)).arrayBuffer();
    }
  }

  /** Waits until the judge counts all requests that were sent: proxies hand theirs over once a second. */
  async untilCounted(requests: { readonly canary: number; readonly stable: number }) {
    await until(async () => {
      const { traffic } = await this.#json('rollout', 'status');
      const counted = { canary: traffic.canary.requests, stable: traffic.stable.requests };
      return isDeepStrictEqual(counted, requests);
    });
  }

  /** Lets the canary fail half of its requests, as the button of the demo page does. */
  async breakCanary(): Promise<void> {
    await until(async () => {
      const body = JSON.stringify({ 'error-share': 50 });
      return (await fetch(`${this.#proxy}/faults?track=canary`, { method: 'POST', body })).ok;
    });
  }

  /**
   * Waits until the page has shown each number that the commands print, while they ran. Nobody sends
   * anything meanwhile, but times and rates go on. @returns what they have printed.
   */
  async compare(): Promise<Status> {
    const shown: Numbers[] = [];
    let printed: Numbers = {};
    const agreed = until(
      async () => {
        const printing = this.#status();
        for (let isDone = false; !isDone;) {
          isDone = await Promise.race([printing.then(() => true), delay(50, false)]);
          shown.push(await shownNumbers(this.#page));
        }
        const status = await printing;
        printed = printedNumbers(status);
        return hasShown(shown, printed) && status;
      },
      { what: 'the page to show the numbers of the commands', timeoutMs: 60_000 },
    );
    try {
      return await agreed;
    } catch (error) {
      expect(shown.at(-1)).toEqual(printed);
      throw error;
    }
  }

  async #status(): Promise<Status> {
    const rollout = await this.#json('rollout', 'status');
    return { ...(await this.#json('status')), rollout };
  }

  async #json(...words: readonly string[]) {
    return JSON.parse(await this.#perch([...words, '--json']));
  }

  async #perch(words: readonly string[], stdin?: string): Promise<string> {
    const environment = { TMPDIR: this.#rehearsal.temporaryFolder };
    const options = stdin === undefined ? {} : { stdin };
    const { code, stdout, stderr } = await perch(['--rehearsal', ...words], environment, options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  }
}
