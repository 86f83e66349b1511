import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { ImageServer } from '../../../infra/transfer/image-server.ts';
import { ImageSet } from '../../../infra/transfer/image-set.ts';
import { SavedImage } from '../../../infra/transfer/saved-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'perch-archives-'));
afterAll(() => rmSync(folder, { recursive: true }));

const layers = ['the first layer', 'the second layer', 'the third layer'];
const digest = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const config = JSON.stringify({ architecture: 'amd64', rootfs: { diff_ids: layers.map(digest) } });

/** Command that prints an archive as `docker save` does. */
function archive(files: readonly (string | Buffer)[], paths?: readonly string[]) {
  const content = mkdtempSync(join(folder, 'archive-'));
  mkdirSync(join(content, 'blobs'));
  for (const [index, file] of files.entries()) {
    writeFileSync(join(content, `blobs/${index}`), file);
  }
  writeFileSync(join(content, 'config.json'), config);
  const list = {
    Config: 'config.json',
    Layers: paths ?? files.map((_, index) => `blobs/${index}`),
  };
  writeFileSync(join(content, 'manifest.json'), JSON.stringify([list]));
  return { program: 'tar', args: ['-c', '-C', content, '.'] };
}

const left = () =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`perch-image-${process.pid}-`));

test('an image has one manifest, however its engine keeps its layers', async () => {
  await using plain = await SavedImage.from(archive(layers));
  const [first = '', second = '', third = ''] = layers;
  const compressed = [gzipSync(first), zstdCompressSync(second), third];
  await using packed = await SavedImage.from(archive(compressed));
  expect(packed.manifest).toEqual(plain.manifest);
  expect(packed.layers.map(({ sizeBytes }) => sizeBytes)).toEqual(
    layers.map(({ length }) => length),
  );
  expect(plain.manifest.digest).toBe(digest(plain.manifest.text));
});

test.each([
  [
    'a layer that is another one',
    archive(['the first layer', 'forged', 'the third layer']),
    /has digest/,
  ],
  ['a layer too few', archive(layers.slice(1)), /it has 2 layers and 3 digests/],
  [
    'a file outside of the archive',
    archive(layers, ['blobs/0', '../../etc/passwd', 'blobs/2']),
    /it has no file/,
  ],
  [
    'no list of images',
    { program: 'tar', args: ['-c', '-C', folder, '--files-from', '/dev/null'] },
    /it has no file manifest.json/,
  ],
  [
    'a program that fails halfway',
    { program: 'sh', args: ['-c', 'echo the engine is gone >&2; exit 1'] },
    /^the engine is gone$/,
  ],
  [
    'a program that is missing',
    { program: 'no-such-program', args: [] },
    /^no-such-program must be on PATH$/,
  ],
])('an archive with %s is refused, and leaves nothing behind', async (_name, command, message) => {
  await expect(SavedImage.from(command)).rejects.toThrow(message);
  expect(left()).toEqual([]);
});

test('what a process left that was killed goes with the next image', async () => {
  const abandoned = join(tmpdir(), 'perch-image-999999999-abandoned');
  mkdirSync(abandoned);
  await using _saved = await SavedImage.from(archive(layers));
  expect(readdirSync(tmpdir())).not.toContain('perch-image-999999999-abandoned');
});

test('only who has the password gets an image, and an interrupted download goes on where it stopped', async () => {
  await using saved = await SavedImage.from(archive(layers));
  const socket = join(folder, 'socket');
  await using server = await ImageServer.start(new ImageSet([saved]), socket);
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const auth = `perch:${headers['password'] ?? server.password}`;
    const sent = request({ socketPath: socket, path, auth, headers });
    const answered = new Promise<IncomingMessage>((resolve) => {
      sent.on('response', resolve);
    });
    sent.end();
    const answer = await answered;
    return [answer.statusCode, await text(answer)] as const;
  };
  const blob = `/v2/shop/blobs/${digest('the second layer')}`;
  expect(await get(blob, { password: 'wrong' })).toEqual([401, '']);
  expect(await get('/v2/')).toEqual([200, '']);
  const manifest = `/v2/shop/manifests/${saved.manifest.digest}`;
  expect(await get(manifest)).toEqual([200, saved.manifest.text]);
  expect(await get('/v2/shop/manifests/latest')).toEqual([404, '']);
  expect(await get(`/v2/shop/blobs/${digest(config)}`)).toEqual([200, config]);
  expect(server.layers.size).toBe(0);
  expect(await get(blob, { range: 'bytes=4-' })).toEqual([206, 'second layer']);
  expect(await get(blob, { range: 'bytes=99-' })).toEqual([416, '']);
  expect(server.layers.size).toBe(1);
});
