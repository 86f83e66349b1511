import { expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('the proxy cancels the request of a client that closes its connection while it waits', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  await client.send(get);
  await until(() => upstream.requests.length === 1);
  client.socket.destroy();
  await until(() => upstream.connections[0]?.closed);
  expect(forwarder.outcomes).toMatchObject([{ kind: 'abandoned' }]);
  expect(forwarder.closed).toBe(1);
});

test('the proxy cancels the request of a client that closes in the middle of a quiet stream', async () => {
  await using upstream = await RawUpstream.start((_, { socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  await client.send(get);
  await until(() => client.received.includes('abc'));
  client.socket.destroy();
  await until(() => upstream.connections[0]?.closed);
  expect(forwarder.outcomes).toMatchObject([{ kind: 'abandoned' }]);
});

test('the proxy cancels the request of a client that closes in the middle of its upload', async () => {
  await using upstream = await RawUpstream.start();
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc');
  await until(() => upstream.connections[0]?.received.includes('abc'));
  client.socket.destroy();
  await until(() => upstream.connections[0]?.closed);
  expect(upstream.requests).toEqual([]);
  expect(forwarder.outcomes).toMatchObject([{ kind: 'client-gone' }]);
});

test('RFC 9112 9.6: a client that ends its side gets a slow response, begun early', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(get);
  client.socket.end();
  await until(() => client.received.toString() === 'HTT');
  upstream.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  const answer = await client.response();
  expect([answer.startLine, answer.body.toString()]).toEqual(['HTTP/1.1 200 OK', 'ok']);
  await client.untilEnd();
  expect(client.error).toBeUndefined();
});

test('RFC 9110 15.2: a client that ends its side gets interim responses too, each begun early', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(get);
  client.socket.end();
  await until(() => client.received.length > 0);
  upstream.connections[0]?.socket.write('HTTP/1.1 103 Early Hints\r\n\r\n');
  expect((await client.response()).status).toBe(103);
  await until(() => client.text.startsWith('H'));
  upstream.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  expect((await client.response()).status).toBe(200);
});

test('a client that ends its side gets the refusal of a request whose upstream fails', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(get);
  client.socket.end();
  await until(() => client.received.length > 0);
  upstream.connections[0]?.socket.destroy();
  expect((await client.response()).startLine).toBe('HTTP/1.1 502 Bad Gateway');
});

test('RFC 9112 9.3.2: a client that ends its side gets the responses to all pipelined requests, even if it reads late', async () => {
  const requests = 300;
  const body = 'a'.repeat(20_000);
  await using upstream = await RawUpstream.start((_, { socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  client.socket.pause();
  client.socket.end(get.repeat(requests));
  let before = -1;
  await until(
    () => {
      const isStill = upstream.requests.length === before;
      before = upstream.requests.length;
      return isStill && before > 0;
    },
    { what: 'the proxy to send no more requests', everyMs: 100 },
  );
  expect(upstream.requests.length).toBeLessThan(requests);
  client.socket.resume();
  for (let answer = 0; answer < requests; answer += 1) {
    expect((await client.response()).status).toBe(200);
  }
  await client.untilEnd();
});

test('RFC 9112 9.3.2: a client that ends its side gets a refusal for each pipelined request', async () => {
  await using forwarder = await Forwarder.start({ upstreams: [] });
  using client = await RawClient.connect(forwarder.port);
  client.socket.end(get.repeat(3));
  for (let answer = 0; answer < 3; answer += 1) {
    expect((await client.response()).status).toBe(503);
  }
  await client.untilEnd();
});

test('RFC 9112 7.1: a client that ends its side gets all of a slow stream', async () => {
  await using upstream = await RawUpstream.start((_, { socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(get);
  client.socket.end();
  await until(() => client.received.toString('latin1').endsWith('abc\r\n0'));
  upstream.connections[0]?.socket.write('3\r\ndef\r\n0\r\n\r\n');
  expect((await client.response()).body.toString()).toBe('abcdef');
});

test('a client that ends its side in the middle of its upload gets no response', async () => {
  await using upstream = await RawUpstream.start();
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc');
  client.socket.end();
  await client.untilEnd();
  expect(client.text).toBe('');
  expect(upstream.requests).toEqual([]);
});

const upload = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n';

test('the proxy delivers the response of an upstream that answers and closes in the middle of an upload', async () => {
  await using upstream = await RawUpstream.start();
  upstream.onData = ({ socket, received }) => {
    if (received.length < 100_000) return;
    socket.end('HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch');
    socket.destroySoon();
  };
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  for (let time = 0; time < 20; time += 1) {
    using client = await RawClient.connect(forwarder.port);
    client.socket.write(upload);
    const part = Buffer.alloc(65_536);
    const feed = () => {
      while (!client.hasEnded && client.socket.write(part));
    };
    client.socket.on('drain', feed);
    feed();
    const answer = await client.response();
    expect(answer.status).toBe(413);
    expect(answer.body.toString()).toBe('much');
    expect(answer.fields).toContainEqual(['Connection', 'close']);
  }
  expect(new Set(forwarder.outcomes.map(({ kind }) => kind))).toEqual(new Set(['answered']));
});
