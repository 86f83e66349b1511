import { expect } from 'vitest';
import { until } from '../../support/until.ts';
import { test as base } from '../fixtures.ts';

/** A member whose faults a test sets. */
class FaultyMember {
  readonly origin: string;
  /** Number of times that the member would have crashed. */
  readonly crashes: () => number;

  constructor(origin: string, crashes: () => number) {
    this.origin = origin;
    this.crashes = crashes;
  }

  set(faults: object): Promise<Response> {
    return this.post(JSON.stringify(faults));
  }

  post(body: string): Promise<Response> {
    return fetch(`${this.origin}/faults`, { method: 'POST', body });
  }

  async status(path = '/version'): Promise<number> {
    return (await fetch(`${this.origin}${path}`)).status;
  }

  async faults(): Promise<unknown> {
    return (await fetch(`${this.origin}/faults`)).json();
  }
}

const test = base.extend('faulty', async ({ demo }) => {
  let crashes = 0;
  const crash = () => (crashes += 1);
  const origin = await demo.member('canary', { faultsApi: true, crash });
  return new FaultyMember(origin, () => crashes);
});

test('error-share fails an exact share of requests, but not the health check', async ({
  faulty,
}) => {
  await faulty.set({ 'error-share': 25 });
  const statuses: number[] = [];
  for (let count = 0; count < 100; count += 1) statuses.push(await faulty.status());
  expect(statuses.filter((status) => status === 500)).toHaveLength(25);
  await faulty.set({ 'error-share': 100 });
  expect(await faulty.status('/healthz')).toBe(200);
});

test('hang holds every response, the health check included, until it is removed', async ({
  faulty,
}) => {
  await faulty.set({ hang: true });
  const answered: string[] = [];
  const hung = ['/', '/healthz'].map(async (path) => {
    const result = await faulty.status(path);
    answered.push(path);
    return result;
  });
  expect(await faulty.faults()).toEqual({ hang: true });
  expect(answered).toEqual([]);

  await faulty.set({});
  expect(await Promise.all(hung)).toEqual([200, 200]);
});

test('hang-path and error-path leave all other paths alone', async ({ faulty }) => {
  await faulty.set({ hang: true, 'hang-path': '/', 'error-share': 100, 'error-path': '/version' });
  const hung = faulty.status('/');
  expect(await faulty.status('/version')).toBe(500);
  expect(await faulty.status('/healthz')).toBe(200);
  expect(await faulty.status('/live.js')).toBe(200);

  await faulty.set({});
  expect(await hung).toBe(200);
});

test('latency-ms delays as many requests to latency-path as latency-requests says', async ({
  faulty,
}) => {
  await faulty.set({ 'latency-ms': 20_000, 'latency-path': '/version', 'latency-requests': 1 });
  const impatience = new AbortController();
  let answered = 0;
  const requests = [1, 2, 3].map(async () => {
    const { status } = await fetch(`${faulty.origin}/version`, { signal: impatience.signal });
    answered += 1;
    return status;
  });
  expect(await faulty.status('/live.js')).toBe(200);
  await until(() => answered === 2, { what: 'two of three answers' });
  impatience.abort();
  const outcomes = await Promise.allSettled(requests);
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
});

test('crash-after-ms crashes the member after that time unless it is removed', async ({
  faulty,
}) => {
  await faulty.set({ 'crash-after-ms': 100_000 });
  await faulty.set({ 'crash-after-ms': 1 });
  await until(() => faulty.crashes() > 0);
  await faulty.set({});
  expect(faulty.crashes()).toBe(1);
});

test('the faults API refuses invalid faults without a change', async ({ faulty }) => {
  await faulty.set({ 'latency-ms': 1 });
  const refused = await faulty.set({ 'error-share': 3, 'latency-ms': -1, colour: 'red' });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    detail: 'latency-ms must be a whole number from 0 to 60000, got -1; colour is not known',
  });
  expect(await faulty.faults()).toEqual({ 'latency-ms': 1 });
  expect((await faulty.post('{')).status).toBe(400);
  expect((await faulty.set({ x: 'x'.repeat(5_000) })).status).toBe(413);
});
