import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { test } from './fixtures.ts';

test('an unknown path gives browsers a page and other clients a problem document', async ({
  stable,
}) => {
  const forPeople = await fetch(`${stable}/nope`, { headers: { accept: 'text/html' } });
  expect(forPeople.status).toBe(404);
  expect(await forPeople.text()).toContain('Page not found');
  const forPrograms = await fetch(`${stable}/nope`);
  expect(await forPrograms.json()).toMatchObject({ title: 'Not Found', status: 404 });
});

test('/faults does not exist unless the app was started with the faults API', async ({
  stable,
}) => {
  expect((await fetch(`${stable}/faults`, { method: 'POST', body: '{"hang":true}' })).status).toBe(
    404,
  );
});

test('HEAD gives the response of GET without its body', async ({ stable }) => {
  const socket = connect(Number(new URL(stable).port), '127.0.0.1');
  socket.write('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toMatch(/\r\n\r\n$/);
});
