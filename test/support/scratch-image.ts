import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Loads an image of one file into the Docker engine, for any architecture: nothing of it has to run here. */
export function loadScratchImage(tag: string, architecture: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'perch-scratch-'));
  try {
    writeFileSync(join(folder, 'file'), `${tag} for ${architecture}`);
    execFileSync('tar', ['-c', '-f', join(folder, 'layer.tar'), '-C', folder, 'file']);
    const layer = createHash('sha256').update(readFileSync(join(folder, 'layer.tar')));
    const diffIds = [`sha256:${layer.digest('hex')}`];
    const config = {
      architecture,
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: diffIds },
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const list = [{ Config: 'config.json', RepoTags: [tag], Layers: ['layer.tar'] }];
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(list));
    const files = ['manifest.json', 'config.json', 'layer.tar'];
    const archive = execFileSync('tar', ['-c', '-C', folder, ...files]);
    execFileSync('docker', ['load', '--quiet'], {
      input: archive,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
