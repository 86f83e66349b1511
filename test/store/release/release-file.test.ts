import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ReleaseFile } from '../../../runtime/store/release/release-file.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

async function documentFile(text: string) {
  const file = join(await mkdtemp(join(tmpdir(), 'perch-')), 'release.json');
  await writeFile(file, text);
  const source = new ReleaseFile({ file, logger: silentLogger, pollIntervalMs: 20 });
  onTestFinished(() => source.stop());
  return { file, source };
}

/** Replaces the file atomically, as an editor or a deployment does. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

test('the file is read at the start and again when it changes', async () => {
  const { file, source } = await documentFile(JSON.stringify(releaseDocument({ generation: 1 })));
  await source.start();
  expect(source.current?.generation).toBe(1);
  await replace(file, JSON.stringify(releaseDocument({ generation: 2 })));
  await until(() => source.current?.generation === 2, { what: 'the new file to be read' });
  expect(source.condition).toBe('fresh');
});

test('a file that becomes invalid or vanishes leaves the last good document until it is valid again', async () => {
  const { file, source } = await documentFile(JSON.stringify(releaseDocument({ generation: 1 })));
  await source.start();
  await replace(file, '{"generation": 2}');
  await until(() => source.condition === 'invalid', { what: 'the invalid file to be detected' });
  await rm(file);
  await until(() => source.condition === 'absent', { what: 'the absence to be detected' });
  expect(source.current?.generation).toBe(1);
  await replace(file, JSON.stringify(releaseDocument({ generation: 3 })));
  await until(() => source.current?.generation === 3, { what: 'the valid file to be read' });
});

test('a start without a readable file fails with its name', async () => {
  const { file, source } = await documentFile('');
  await rm(file);
  await expect(source.start()).rejects.toMatchObject({
    code: 'bad_input',
    message: `document must be a readable file, got ${file} (ENOENT)`,
  });
});

test('a start with an invalid document names every problem and its field', async () => {
  const broken = { ...releaseDocument(), weight: 101, affinity: 'sticky' };
  const { source } = await documentFile(JSON.stringify(broken));
  await expect(source.start()).rejects.toThrow(
    /affinity: .*; .*weight: must be from 0 to 100, got 101|weight: must be from 0 to 100, got 101.*affinity: /,
  );
});
