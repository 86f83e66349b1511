import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { patiently } from '../../../../infra/deploy/progressive/patience.ts';
import { PerchError } from '../../../../runtime/contract/perch-error.ts';

const locked = () => new PerchError('conflict', 'stack prod is locked');
const cancellation = { received: undefined, signal: new AbortController().signal };

/** Work that fails so often, each time after some milliseconds. */
function failing(times: number, afterMs = 0, error: Error = locked()) {
  let attempts = 0;
  return async () => {
    attempts += 1;
    await delay(afterMs);
    if (attempts <= times) throw error;
    return attempts;
  };
}

test('work that is refused is repeated, and the reason is said once', async () => {
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  const patience = { waitSeconds: 10, cancellation, say, retryEveryMs: 1 };
  expect(await patiently(patience, failing(3))).toBe(4);
  expect(said).toEqual(['waiting up to 10 s: stack prod is locked']);
});

test('the time begins with the first refusal, however long the work went on before', async () => {
  const patience = { waitSeconds: 0.1, cancellation, say: () => undefined, retryEveryMs: 1 };
  expect(await patiently(patience, failing(1, 150))).toBe(2);
});

test('a refusal is final without patience, and so is every other failure', async () => {
  const impatient = { waitSeconds: 0, cancellation, say: () => undefined, retryEveryMs: 1 };
  await expect(patiently(impatient, failing(1))).rejects.toThrow('stack prod is locked');
  const failure = new PerchError('process_failed', 'no route to host');
  const patient = { ...impatient, waitSeconds: 10 };
  await expect(patiently(patient, failing(1, 0, failure))).rejects.toBe(failure);
});
