import { expect, test } from 'vitest';
import { RawClient } from '../../../support/http/raw-client.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** Answer of an upstream to `request`, as the client gets it, and the outcome. */
async function exchange(answer: string, request = get) {
  await using upstream = await RawUpstream.start((_, { socket }) => void socket.write(answer));
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(request);
  const { status, fields, body } = await client.response(request.slice(0, request.indexOf(' ')));
  const names = fields.map(([name]) => name.toLowerCase());
  return { status, names, body: body.toString(), outcomes: forwarder.outcomes };
}

const body = 'Content-Length: 2\r\n\r\nok';

test.each([
  'Perch-Outcome: failure\r\n',
  'perch-outcome:FAILURE  \r\n',
  'Perch_Outcome: Failure\r\n',
  'Perch-Outcome: success\r\nPerch-Outcome: failure\r\n',
  'Connection: perch-outcome\r\nPerch-Outcome: failure\r\n',
])(
  'an application calls its own answer a failure by %j, which the client does not get',
  async (line) => {
    const { status, names, outcomes, ...answer } = await exchange(
      `HTTP/1.1 200 OK\r\n${line}${body}`,
    );
    expect([status, answer.body]).toEqual([200, 'ok']);
    expect(names.filter((name) => name.startsWith('perch'))).toEqual([]);
    expect(outcomes).toMatchObject([{ kind: 'answered', status: 200, calledFailure: true }]);
  },
);

test.each(['success', '', 'failure, really', 'failures', '"failure"'])(
  'the outcome %j means nothing, and the client does not get it',
  async (value) => {
    const { names, outcomes } = await exchange(
      `HTTP/1.1 200 OK\r\nPerch-Outcome: ${value}\r\nX-Other: failure\r\n${body}`,
    );
    expect(names).toContain('x-other');
    expect(names).not.toContain('perch-outcome');
    expect(outcomes).toMatchObject([{ kind: 'answered', calledFailure: false }]);
  },
);

test('an outcome in a trailer means nothing, and the client does not get it', async () => {
  const { names, outcomes } = await exchange(
    'HTTP/1.1 200 OK\r\nTrailer: Perch-Outcome\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '2\r\nok\r\n0\r\nPerch-Outcome: failure\r\n\r\n',
  );
  expect(names).not.toContain('perch-outcome');
  expect(outcomes).toMatchObject([{ kind: 'answered', calledFailure: false }]);
});

test('an outcome in an interim response means nothing, and the client does not get it', async () => {
  await using upstream = await RawUpstream.start((_, { socket }) => {
    socket.write(`HTTP/1.1 103 Early Hints\r\nPerch-Outcome: failure\r\n\r\n`);
    socket.write(`HTTP/1.1 200 OK\r\n${body}`);
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(get);
  const hints = await client.response();
  expect(hints.status).toBe(103);
  expect(hints.fields.map(([name]) => name.toLowerCase())).not.toContain('perch-outcome');
  await client.response();
  expect(forwarder.outcomes).toMatchObject([{ kind: 'answered', calledFailure: false }]);
});

test.each([
  [
    'the response to HEAD',
    `HTTP/1.1 200 OK\r\nPerch-Outcome: failure\r\nContent-Length: 9\r\n\r\n`,
  ],
  ['a 304', 'HTTP/1.1 304 Not Modified\r\nPerch-Outcome: failure\r\n\r\n'],
])('an application can call %s a failure', async (what, answer) => {
  const request = what.includes('HEAD') ? get.replace('GET', 'HEAD') : get;
  const { names, outcomes } = await exchange(answer, request);
  expect(names).not.toContain('perch-outcome');
  expect(outcomes).toMatchObject([{ calledFailure: true }]);
});

test('an application can call an accepted upgrade a failure', async () => {
  await using upstream = await RawUpstream.start((_, { socket }) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Perch-Outcome: failure\r\n\r\n',
    );
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  await client.untilText('\r\n\r\n');
  expect(client.text.toLowerCase()).not.toContain('perch-outcome');
  expect(forwarder.outcomes).toMatchObject([{ status: 101, calledFailure: true }]);
});

test('one answer that was called a failure says nothing of the next one', async () => {
  const lines = ['Perch-Outcome: failure\r\n', ''];
  await using upstream = await RawUpstream.start((_, { socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\n${lines.shift()}${body}`);
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  for (let request = 0; request < 2; request += 1) {
    await client.send(get);
    await client.response();
  }
  expect(forwarder.outcomes).toMatchObject([{ calledFailure: true }, { calledFailure: false }]);
});
