/** An image that an engine saved into a private folder, for as long as it is sent. */
import { mkdtemp, readFile, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { imageManifest, sha256, type ImageManifest } from './image-manifest.ts';
import { layerFile, type SavedBlob } from './layer-file.ts';
import { unpack, type SaveCommand } from './unpack.ts';

/** File of an archive of `docker save` that lists its images. */
const listSchema = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) }));
const configSchema = z.object({
  architecture: z.string(),
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
});

const prefix = 'perch-image-';

/** A saved image: its manifest, its configuration and its layers, each checked against its digest. */
export class SavedImage implements AsyncDisposable {
  readonly manifest: ImageManifest;
  /** As Docker names it. */
  readonly architecture: string;
  readonly config: SavedBlob;
  readonly layers: readonly SavedBlob[];
  /** Digest -> configuration or layer. */
  readonly blobs: ReadonlyMap<string, SavedBlob>;
  readonly #folder: string;

  private constructor(
    folder: string,
    architecture: string,
    config: SavedBlob,
    layers: readonly SavedBlob[],
  ) {
    this.#folder = folder;
    this.architecture = architecture;
    this.manifest = imageManifest(config, layers);
    this.config = config;
    this.layers = layers;
    this.blobs = new Map([config, ...layers].map((blob) => [blob.digest, blob]));
  }

  /**
   * Saves an image. It goes from the engine to the disk as it comes; memory holds no layer.
   * @throws PerchError `process_failed` if it cannot be saved, or is not what its digests say.
   */
  static async from(command: SaveCommand): Promise<SavedImage> {
    await removeAbandoned();
    const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
    try {
      await unpack(command, folder);
      return await SavedImage.#read(await realpath(folder));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  static async #read(folder: string): Promise<SavedImage> {
    const image = onlyImage(await readFile(await inside(folder, 'manifest.json'), 'utf8'));
    const configFile = await inside(folder, image.Config);
    const content = await readFile(configFile);
    const config = { file: configFile, digest: sha256(content), sizeBytes: content.length };
    const { architecture, rootfs } = configSchema.parse(JSON.parse(content.toString()));
    const { diff_ids: digests } = rootfs;
    if (image.Layers.length !== digests.length) {
      throw broken(`it has ${image.Layers.length} layers and ${digests.length} digests`);
    }
    const layers: SavedBlob[] = [];
    for (const [index, digest] of digests.entries()) {
      const same = layers.find((layer) => layer.digest === digest);
      const path = image.Layers[index] ?? '';
      layers.push(same ?? (await layerFile(await inside(folder, path), digest)));
    }
    return new SavedImage(folder, architecture, config, layers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function onlyImage(list: string) {
  const [image, ...others] = listSchema.parse(JSON.parse(list));
  if (image !== undefined && others.length === 0) return image;
  throw broken(`it has ${others.length === 0 ? 'no image' : 'several images'}`);
}

/** Real path of a file of the archive. An older engine links layers that are equal. */
async function inside(folder: string, path: string): Promise<string> {
  const file = await realpath(join(folder, path)).catch(() => undefined);
  if (file?.startsWith(`${folder}${sep}`) === true) return file;
  throw broken(`it has no file ${path}`);
}

function broken(reason: string): PerchError {
  return new PerchError('process_failed', `the saved image cannot be read: ${reason}`);
}

/** Removes what a process left that was killed while it sent an image. */
async function removeAbandoned(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    // What belongs to another user stays: that user's next image removes it.
    if (isGone(pid)) await rm(join(tmpdir(), name), { recursive: true }).catch(() => undefined);
  }
}

function isGone(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: the process exists, but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
