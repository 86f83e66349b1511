import { Agent, createServer, request as send } from 'node:http';

/** Forwarder as one writes it first in Node: node:http on both sides. Arguments: its port, the upstream's. */
const [port = 0, upstreamPort = 0] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true });
const host = '127.0.0.1';

createServer((request, response) => {
  const { method, url: path, headers } = request;
  const forwarded = send({ host, port: upstreamPort, method, path, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  response.on('close', () => forwarded.destroy());
  request.pipe(forwarded);
})
  .on('upgrade', (request, socket, head) => {
    const { method, url: path, headers } = request;
    const forwarded = send({ host, port: upstreamPort, method, path, headers });
    forwarded.on('error', () => socket.destroy());
    forwarded.on('upgrade', (answer, upstream, upstreamHead) => {
      const fields = answer.rawHeaders.flatMap((name, index, all) =>
        index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
      );
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields.join('\r\n')}\r\n\r\n`);
      if (upstreamHead.length > 0) socket.write(upstreamHead);
      if (head.length > 0) upstream.write(head);
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
      upstream.pipe(socket).pipe(upstream);
    });
    forwarded.end();
  })
  .listen(port, host);
