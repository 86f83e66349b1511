import { imageIndex, type ImageManifest } from './image-manifest.ts';
import type { SavedBlob } from './layer-file.ts';
import type { SavedImage } from './saved-image.ts';

/** Saved images under one name: one for each architecture that it was built for. */
export class ImageSet implements AsyncDisposable {
  readonly images: readonly SavedImage[];
  /** Manifest of the only image, or else an index of all: the name has its digest. */
  readonly top: ImageManifest;
  /** Digest -> index or manifest. */
  readonly manifests: ReadonlyMap<string, ImageManifest>;
  /** Digest -> configuration or layer. */
  readonly blobs: ReadonlyMap<string, SavedBlob>;

  constructor(images: readonly SavedImage[]) {
    const [first, ...others] = images;
    if (first === undefined) throw new Error('a name has at least one image');
    this.images = images;
    this.top = others.length === 0 ? first.manifest : imageIndex(images);
    const manifests = [this.top, ...images.map(({ manifest }) => manifest)];
    this.manifests = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
    this.blobs = new Map(images.flatMap(({ blobs }) => [...blobs]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.images.map((image) => image[Symbol.asyncDispose]()));
  }
}
