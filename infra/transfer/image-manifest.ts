/** Manifests of images that Perch sends. Pure. */
import { createHash } from 'node:crypto';

/** Docker's image manifest, version 2, schema 2, which engines of every version pull. */
const mediaTypes = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar',
} as const;

export interface Blob {
  /** `sha256:...` */
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface ImageManifest {
  readonly mediaType: string;
  /** `sha256:...` of the text. */
  readonly digest: string;
  /** JSON. */
  readonly text: string;
}

/**
 * Manifest of an image with uncompressed layers, whose digests are those of the image's own
 * configuration. So every engine that has the image gives the same manifest, however it stores layers,
 * and the manifest's digest names the image on every host.
 */
export function imageManifest(config: Blob, layers: readonly Blob[]): ImageManifest {
  const { manifest: mediaType } = mediaTypes;
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: descriptor(mediaTypes.config, config),
    layers: layers.map((layer) => descriptor(mediaTypes.layer, layer)),
  });
  return { mediaType, digest: sha256(text), text };
}

/** Index of one image for several architectures: an engine pulls the one of its own. */
export function imageIndex(
  images: readonly { readonly architecture: string; readonly manifest: ImageManifest }[],
): ImageManifest {
  const { index: mediaType } = mediaTypes;
  const sorted = images.toSorted((a, b) => (a.architecture < b.architecture ? -1 : 1));
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    manifests: sorted.map(({ architecture, manifest }) => ({
      ...descriptor(manifest.mediaType, {
        digest: manifest.digest,
        sizeBytes: Buffer.byteLength(manifest.text),
      }),
      platform: { architecture, os: 'linux' },
    })),
  });
  return { mediaType, digest: sha256(text), text };
}

function descriptor(mediaType: string, { digest, sizeBytes }: Blob) {
  return { mediaType, size: sizeBytes, digest };
}

/** Digest of a text, `sha256:...`. */
export function sha256(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
