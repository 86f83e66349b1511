import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import type { Blob } from './image-manifest.ts';

/** A blob of a saved image, in a file of its own. */
export interface SavedBlob extends Blob {
  readonly file: string;
}

/** First bytes of compressed files, and what decompresses them. */
const compressions = [
  { magic: '1f8b', decompress: createGunzip },
  { magic: '28b52ffd', decompress: createZstdDecompress },
] as const;

/**
 * Reads a layer of a saved image, and decompresses it on the disk: an engine with containerd's image
 * store saves layers compressed.
 * @param digest of the layer without compression, `sha256:...`.
 * @throws PerchError `process_failed` if the file is another layer.
 */
export async function layerFile(file: string, digest: string): Promise<SavedBlob> {
  const magic = await firstBytes(file);
  const compression = compressions.find((each) => magic.startsWith(each.magic));
  const hash = createHash('sha256');
  const plain = compression === undefined ? file : `${file}.plain`;
  if (compression === undefined) {
    await pipeline(createReadStream(file), hash);
  } else {
    const hashed = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const target = createWriteStream(plain);
    await pipeline(createReadStream(file), compression.decompress(), hashed, target);
    hash.end();
    await rm(file);
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) {
    const text = `the saved image cannot be read: layer ${digest} has digest ${found}`;
    throw new PerchError('process_failed', text);
  }
  return { file: plain, digest, sizeBytes: (await stat(plain)).size };
}

async function firstBytes(file: string): Promise<string> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  return buffer.subarray(0, bytesRead).toString('hex');
}
