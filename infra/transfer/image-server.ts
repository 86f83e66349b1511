import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { ImageSet } from './image-set.ts';
import type { SavedImage } from './saved-image.ts';

/** User of the login. The password is another one for each server. */
const username = 'perch';

const path = /^\/v2\/.+\/(?<kind>manifests|blobs)\/(?<digest>sha256:[0-9a-f]{64})$/;

/**
 * Serves the images of one name by the read half of the distribution API, on a Unix socket, to who has the password.
 * The far end of the tunnel is a port of the host's loopback, which every user of the host reaches.
 */
export class ImageServer implements AsyncDisposable {
  readonly username = username;
  readonly password = randomBytes(24).toString('base64url');
  /** Bytes of layers that were sent. */
  sentBytes = 0;
  /** Layers that were asked for. */
  readonly layers = new Set<string>();
  /** Image that was asked for: that of the engine's architecture. */
  asked: SavedImage | undefined;
  readonly #set: ImageSet;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #authorization = digestOf(
    `Basic ${Buffer.from(`${username}:${this.password}`).toString('base64')}`,
  );

  private constructor(set: ImageSet) {
    this.#set = set;
  }

  /** @param socket path of the Unix socket. */
  static async start(set: ImageSet, socket: string): Promise<ImageServer> {
    const server = new ImageServer(set);
    server.#server.listen(socket);
    await once(server.#server, 'listening');
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    if (!this.#isAllowed(request)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="perch"' }).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405).end();
      return;
    }
    if (request.url === '/v2/') {
      response.writeHead(200).end();
      return;
    }
    const { kind, digest = '' } = path.exec(request.url ?? '')?.groups ?? {};
    if (kind === 'manifests') this.#sendManifest(digest, request, response);
    else await this.#sendBlob(digest, request, response);
  }

  #isAllowed({ headers: { authorization = '' } }: IncomingMessage): boolean {
    return timingSafeEqual(digestOf(authorization), this.#authorization);
  }

  #sendManifest(digest: string, { method }: IncomingMessage, response: ServerResponse): void {
    const manifest = this.#set.manifests.get(digest);
    if (manifest === undefined) {
      response.writeHead(404).end();
      return;
    }
    this.asked = this.#set.images.find((image) => image.manifest === manifest) ?? this.asked;
    response.writeHead(200, {
      'content-type': manifest.mediaType,
      'content-length': Buffer.byteLength(manifest.text),
      'docker-content-digest': digest,
    });
    response.end(method === 'HEAD' ? undefined : manifest.text);
  }

  async #sendBlob(
    digest: string,
    { method, headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const blob = this.#set.blobs.get(digest);
    if (blob === undefined) {
      response.writeHead(404).end();
      return;
    }
    // An engine whose download broke asks for the rest.
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const last = blob.sizeBytes - 1;
    if (start > last) {
      response.writeHead(416).end();
      return;
    }
    response.writeHead(start === 0 ? 200 : 206, {
      'content-type': 'application/octet-stream',
      'content-length': blob.sizeBytes - start,
      'docker-content-digest': digest,
      ...(start > 0 && { 'content-range': `bytes ${start}-${last}/${blob.sizeBytes}` }),
    });
    if (method === 'HEAD') {
      response.end();
      return;
    }
    const isLayer = this.#set.images.every(({ config }) => config !== blob);
    if (isLayer) this.layers.add(digest);
    const content = createReadStream(blob.file, { start });
    if (isLayer) content.on('data', (chunk) => (this.sentBytes += chunk.length));
    // The engine, or the tunnel, went away: it asks again, or the pull fails.
    await pipeline(content, response).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
