import { silentLogger as logger } from '../support/silent-logger.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  RenewedCredentials,
  type RoleCredentials,
} from '../../runtime/process/role-credentials.ts';

const minute = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Credentials for an hour; each is another one. */
function authority() {
  const state = { asked: 0, failure: undefined as Error | undefined };
  const assume = async (): Promise<RoleCredentials> => {
    state.asked += 1;
    if (state.failure !== undefined) throw state.failure;
    const id = String(state.asked);
    const times = { expiresAtMs: Date.now() + 60 * minute };
    return { accessKeyId: id, secretAccessKey: 'secret', sessionToken: 'session', ...times };
  };
  return { state, assume };
}

test('credentials are renewed after half of their lifetime', async () => {
  const { state, assume } = authority();
  const credentials = new RenewedCredentials({ assume, logger });
  expect(credentials.current).toBeUndefined();
  await credentials.start();
  expect(credentials.current?.accessKeyId).toBe('1');
  await vi.advanceTimersByTimeAsync(29 * minute);
  expect(state.asked).toBe(1);
  await vi.advanceTimersByTimeAsync(2 * minute);
  expect(credentials.current?.accessKeyId).toBe('2');
  credentials.stop();
  await vi.advanceTimersByTimeAsync(120 * minute);
  expect(state.asked).toBe(2);
});

test('while AWS does not answer, the old credentials are handed out until shortly before their end', async () => {
  const { state, assume } = authority();
  const credentials = new RenewedCredentials({ assume, logger, retryMs: minute });
  await credentials.start();
  state.failure = new Error('AccessDenied');
  await vi.advanceTimersByTimeAsync(58 * minute);
  expect(credentials.current?.accessKeyId).toBe('1');
  expect(credentials.failure).toBe('AccessDenied');
  expect(state.asked).toBeGreaterThan(20);
  await vi.advanceTimersByTimeAsync(2 * minute);
  expect(credentials.current).toBeUndefined();
  state.failure = undefined;
  await vi.advanceTimersByTimeAsync(minute);
  expect(credentials.current).toBeDefined();
  expect(credentials.failure).toBeUndefined();
  credentials.stop();
});
