import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFaults, parseFaultList } from '../../runtime/app/faults/injected-faults.ts';
import { MemoryLeak } from '../../runtime/app/faults/memory-leak.ts';
import { until } from '../support/until.ts';
import { AppFixture } from './fixture.ts';

describe('a list of faults', () => {
  it('is read from the command line, a name alone switching on', () => {
    const text = 'error-share=25,latency-ms=800,leak-mib-per-s=20,crash-after-ms=5000,hang';
    expect(parseFaultList(text)).toEqual({
      ok: true,
      value: {
        'error-share': 25,
        'latency-ms': 800,
        'leak-mib-per-s': 20,
        'crash-after-ms': 5_000,
        hang: true,
      },
    });
  });

  it('is refused with every fault that is not one, or breaks a bound', () => {
    expect(parseFaultList('error-share=101,latency-ms=fast,explode,hang=3')).toEqual({
      ok: false,
      problems: [
        { field: 'error-share', rule: 'must be from 0 to 100', value: '101' },
        { field: 'latency-ms', rule: 'must be a whole number from 0 to 60000', value: 'fast' },
        { field: 'hang', rule: 'must be true or false', value: '3' },
        { field: 'explode', rule: 'is not known' },
      ],
    });
    expect(parseFaultList('hang,hang')).toMatchObject({
      problems: [{ field: 'hang', rule: 'must be given once' }],
    });
  });

  it.each([undefined, null, [], 'hang', 3])('is refused when the body is %j', (body) => {
    expect(parseFaults(body)).toEqual({
      ok: false,
      problems: [{ field: 'body', rule: 'must be a JSON object' }],
    });
  });
});

describe('a member started for faults', () => {
  let fixture: AppFixture;
  let member: string;
  let crashes = 0;

  beforeAll(async () => {
    fixture = await AppFixture.start();
    member = await fixture.member('canary', { faultsApi: true, crash: () => (crashes += 1) });
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const set = (faults: object) =>
    fetch(`${member}/faults`, { method: 'POST', body: JSON.stringify(faults) });
  const status = async (path = '/version') => (await fetch(`${member}${path}`)).status;

  it('fails an exact share of requests, its health check not', async () => {
    await set({ 'error-share': 25 });
    const statuses: number[] = [];
    for (let count = 0; count < 100; count += 1) statuses.push(await status());
    expect(statuses.filter((status) => status === 500)).toHaveLength(25);
    await set({ 'error-share': 100 });
    expect(await status('/healthz')).toBe(200);
  });

  it('answers nothing while it hangs, its health check neither, and all of it after', async () => {
    await set({ hang: true });
    const answered: string[] = [];
    const hung = ['/', '/healthz'].map(async (path) => {
      const result = await status(path);
      answered.push(path);
      return result;
    });
    expect(await (await fetch(`${member}/faults`)).json()).toEqual({ hang: true });
    expect(answered).toEqual([]);

    await set({});
    expect(await Promise.all(hung)).toEqual([200, 200]);
  });

  it('crashes when its time has come, unless it was taken back', async () => {
    await set({ 'crash-after-ms': 100_000 });
    await set({ 'crash-after-ms': 1 });
    await until(() => crashes > 0);
    await set({});
    expect(crashes).toBe(1);
  });

  it('says what goes wrong, and refuses what it does not know without a change', async () => {
    await set({ 'latency-ms': 1 });
    const refused = await set({ 'error-share': 3, 'latency-ms': -1, colour: 'red' });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      detail: 'latency-ms must be a whole number from 0 to 60000, got -1; colour is not known',
    });
    expect(await (await fetch(`${member}/faults`)).json()).toEqual({ 'latency-ms': 1 });
    expect((await fetch(`${member}/faults`, { method: 'POST', body: '{' })).status).toBe(400);
    const big = JSON.stringify({ x: 'x'.repeat(5_000) });
    expect((await fetch(`${member}/faults`, { method: 'POST', body: big })).status).toBe(413);
  });
});

describe('a memory leak', () => {
  it('grows until it is stopped, and gives all back then', async () => {
    const leak = new MemoryLeak();
    leak.start(20);
    await until(() => leak.bytes >= 4 * 1_048_576);
    leak.stop();
    expect(leak.bytes).toBe(0);
  });
});
