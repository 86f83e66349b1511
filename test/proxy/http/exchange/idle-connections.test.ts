import { expect, test } from 'vitest';
import { IdleConnections } from '../../../../runtime/proxy/http/exchange/idle-connections.ts';
import { Clock } from '../../../../runtime/proxy/http/socket/clock.ts';

interface Idle {
  name: string;
  idleSince: number | undefined;
}

test('the connection that has been idle for longest is taken first, and each one once', () => {
  const all: Idle[] = [
    { name: 'later', idleSince: 20 },
    { name: 'busy', idleSince: undefined },
    { name: 'first', idleSince: 10 },
  ];
  const idle = new IdleConnections(new Clock(), () => all);
  const taken = Array.from({ length: 4 }, () => idle.take()?.name);
  expect(taken).toEqual(['first', 'later', undefined, undefined]);
});

test('a connection that was idle and is busy now is not taken', () => {
  const all: Idle[] = [
    { name: 'first', idleSince: 10 },
    { name: 'second', idleSince: 20 },
    { name: 'third', idleSince: 30 },
  ];
  const idle = new IdleConnections(new Clock(), () => all);
  expect(idle.take()?.name).toBe('first');
  for (const connection of all) if (connection.name === 'second') connection.idleSince = undefined;
  expect(idle.take()?.name).toBe('third');
});

test('connections that became idle since are found a tick of the clock later', () => {
  const clock = new Clock();
  const all: Idle[] = [];
  const idle = new IdleConnections(clock, () => all);
  expect(idle.take()).toBeUndefined();
  all.push({ name: 'new', idleSince: 10 });
  expect(idle.take()).toBeUndefined();
  clock.now += 100;
  expect(idle.take()?.name).toBe('new');
});
