import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReleaseDocument } from '../../runtime/core/release/release-document.ts';

/** A release document in a temporary file, for `perch proxy --document`. */
export class DocumentFile implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'release.json');
  }

  static async create(document: ReleaseDocument): Promise<DocumentFile> {
    const file = new DocumentFile(await mkdtemp(join(tmpdir(), 'perch-document-')));
    await file.write(document);
    return file;
  }

  async write(document: ReleaseDocument): Promise<void> {
    const draft = `${this.path}.tmp`;
    await writeFile(draft, JSON.stringify(document));
    await rename(draft, this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}
