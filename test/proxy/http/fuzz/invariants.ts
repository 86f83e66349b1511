import { until } from '../../../support/until.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { RawUpstream, type Respond } from '../support/raw-upstream.ts';
import { readResponse } from '../../../support/http/strict-reader.ts';
import { parts, type Script } from './arbitraries.ts';
import { readByNode } from './node-reader.ts';

/** Short limits, so that a request that waits too long is found soon. */
const limits = {
  headTimeoutMs: 200,
  bodyTimeoutMs: 200,
  keepAliveTimeoutMs: 200,
  originTimeoutMs: 300,
  lingerTimeoutMs: 200,
  tunnelTimeoutMs: 300,
  clientStallTimeoutMs: 500,
  idleOriginTimeoutMs: 200,
};

const answer: Respond = (request, { socket }) => {
  const body = request.startLine.startsWith('HEAD') ? '' : 'ok';
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
};

/** Plays clients that send anything. @throws Error if an invariant does not hold. */
export async function playClients(scripts: readonly Script[]): Promise<void> {
  await using upstream = await RawUpstream.start(answer);
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port], limits });
  await Promise.all(
    scripts.map(async (script) => {
      using client = await play(forwarder, script);
      expectReadable(client.received, script);
    }),
  );
  if (upstream.errors.length > 0)
    throw new Error('the upstream got no HTTP', { cause: upstream.errors[0] });
  await expectSettled(forwarder);
  await until(() => upstream.connections.every(({ closed }) => closed), {
    what: 'all connections to the upstream to close',
  });
  const answered = forwarder.outcomes.filter(({ kind }) => kind === 'answered').length;
  if (answered > upstream.requests.length) throw new Error('more answers than requests');
  for (const { received, requests } of upstream.connections) {
    const seen = await readByNode(received);
    const strict = requests.map(({ startLine, body }) => ({
      line: startLine.slice(0, startLine.lastIndexOf(' ')),
      body: body.toString('latin1'),
    }));
    // Node stops at methods that it does not know; up to there, both must have read the same.
    if (JSON.stringify(seen) !== JSON.stringify(strict.slice(0, seen.length))) {
      throw new Error(`read differently: ${JSON.stringify({ seen, strict })}`);
    }
  }
}

/** Plays upstreams that answer anything. */
export async function playUpstreams(scripts: readonly Script[]): Promise<void> {
  let next = 0;
  await using upstream = await RawUpstream.start((_, { socket }) => {
    const script = scripts[next % scripts.length];
    next += 1;
    if (script === undefined) return;
    for (const part of parts(script)) socket.write(part);
    if (script.ends) socket.end();
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port], limits });
  await Promise.all(
    scripts.map(async (script, index) => {
      const bytes = Buffer.from(`GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`);
      using client = await play(forwarder, { bytes, cuts: [], ends: index % 2 === 1 });
      expectReadable(client.received, script);
    }),
  );
  await expectSettled(forwarder);
}

async function play(forwarder: Forwarder, script: Script): Promise<RawClient> {
  const client = await RawClient.connect(forwarder.port);
  await client.send(...parts(script));
  if (script.ends) client.socket.end();
  await until(() => client.hasClosed || client.hasEnded, {
    what: 'the connection to end in time',
    everyMs: 5,
  });
  return client;
}

/** Expects every complete response to be valid; only the last one may be cut off. */
function expectReadable(received: Buffer, script: Script): void {
  let rest = received;
  try {
    while (rest.length > 0) {
      const read = readResponse(rest, 'GET', true);
      if (read === undefined || read.length === 0) return;
      rest = rest.subarray(read.length);
    }
  } catch (error) {
    if (/HEAD/.test(script.bytes.toString('latin1'))) return;
    throw error;
  }
}

/** Expects every attempt to have one outcome and everything to be closed. */
async function expectSettled(forwarder: Forwarder): Promise<void> {
  await until(() => forwarder.server.stats.connections === 0, {
    what: 'all connections to be gone',
  });
  await until(() => forwarder.closed === forwarder.outcomes.length, {
    what: 'all attempts to end',
  });
  if (forwarder.server.stats.tunnels !== 0) throw new Error('a tunnel is left');
}
