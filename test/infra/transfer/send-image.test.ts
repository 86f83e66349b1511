import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageTransferPort } from '../../../runtime/contract/ports.ts';
import { ImageSet } from '../../../infra/transfer/image-set.ts';
import { nameBuilt } from '../../../infra/transfer/name-built.ts';
import { pullThrough } from '../../../infra/transfer/pull-through.ts';
import { SavedImage } from '../../../infra/transfer/saved-image.ts';
import { sendImage, sendTagged } from '../../../infra/transfer/send-image.ts';
import { sentDigest, sentReference } from '../../../infra/transfer/sent-image.ts';
import { busyboxImage, dockerMissing } from '../../support/docker.ts';
import { startSshd, whyNoSshd, type TestSshd } from '../engine/support/sshd.ts';
import { loadScratchImage } from '../../support/scratch-image.ts';
import { unless } from '../../support/skip.ts';

const reason = (await dockerMissing()) ?? whyNoSshd();
const repository = `perch-sent-${process.pid}`;
const docker = (...args: string[]) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** This machine's engine is the host's too, so what it must get is taken away from it first. */
describe('An image that is sent by ssh', unless(reason), () => {
  const started = new AsyncDisposableStack();
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  let sshd: TestSshd;
  let folder: string;

  beforeAll(async () => {
    sshd = started.use(await startSshd());
    folder = mkdtempSync(join(tmpdir(), 'perch-build-'));
    busyboxImage();
  });
  afterAll(async () => {
    const name = `127.0.0.1:${imageTransferPort}/${repository}`;
    const ids = docker('images', '--all', '--quiet', name).split('\n').filter(Boolean);
    for (const id of new Set(ids)) docker('rmi', '--force', id);
    rmSync(folder, { recursive: true, force: true });
    await started.disposeAsync();
  });

  const host = (name: string, other: Partial<TestSshd> = {}) => {
    const { address, port, user, hostKey, privateKey } = { ...sshd, ...other };
    return { name, address: { host: address, port, user, hostKey, privateKey } };
  };

  /** An image of three layers, of which only the last depends on `content`. */
  function built(content: string): string {
    writeFileSync(join(folder, 'file'), content);
    writeFileSync(join(folder, 'base'), repository);
    utimesSync(join(folder, 'base'), 0, 0);
    const dockerfile = 'FROM perch-test-busybox:1\nCOPY base /base\nCOPY file /file\n';
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    return docker('build', '--quiet', folder);
  }

  /** An image that is in an archive, and not in the engine. */
  async function archived(content: string): Promise<SavedImage> {
    const id = built(content);
    const archive = join(folder, `${content}.tar`);
    docker('save', '--output', archive, id);
    docker('rmi', id);
    return await SavedImage.from({ program: 'cat', args: [archive] });
  }

  test('an engine pulls it by its digest, and of a second release only the layer that changed', async () => {
    await using first = await archived('first');
    await using second = await archived('second');
    const [to, name] = [host('web-1'), (saved: SavedImage) => saved.manifest.digest];
    const reference = sentReference(repository, name(first));
    const sent = await pullThrough(to, { set: new ImageSet([first]), reference });
    // The engine may know the layer of busybox by an earlier run.
    expect(sent.count).toBeGreaterThanOrEqual(2);
    expect(sent.total).toBe(3);
    expect(docker('image', 'inspect', '--format', '{{index .RepoDigests 0}}', reference)).toBe(
      reference,
    );
    const next = sentReference(repository, name(second));
    expect(await pullThrough(to, { set: new ImageSet([second]), reference: next })).toEqual({
      count: 1,
      total: 3,
      bytes: second.layers[2]?.sizeBytes,
    });
    await sendImage({ image: next, to, sources: [], say });
    expect(said).toEqual([]);
  });

  test('the machine that built it knows it by the same name as the hosts', async () => {
    const id = built('here');
    const image = await nameBuilt(repository, [id]);
    expect(await nameBuilt(repository, [id])).toBe(image);
    await sendImage({ image, to: host('web-1'), sources: [], say });
    expect(docker('image', 'inspect', '--format', '{{.Id}}', image)).toBe(id);
    expect(said.at(-1)).toBe(`sent ${image} to web-1: 0 of 3 layers, 0.0 kB`);
  });

  test('one name has the images of two architectures, and an engine takes its own', async () => {
    const tags = ['amd64', 'arm64'].map((architecture) => {
      const tag = `${repository}:${architecture}`;
      loadScratchImage(tag, architecture);
      return tag;
    });
    const image = await nameBuilt(repository, tags);
    await sendImage({ image, to: host('web-1'), sources: [], say });
    expect(said.at(-1)).toMatch(`sent ${image} to web-1: `);
    const own = docker('version', '--format', '{{.Server.Arch}}');
    expect(docker('image', 'inspect', '--format', '{{.Architecture}}', image)).toBe(own);
    const digest = sentDigest(image).slice('sha256:'.length);
    const name = image.slice(0, image.indexOf('@'));
    const arm = `${name}:${digest}-arm64`;
    expect(docker('image', 'inspect', '--format', '{{.Architecture}}', arm)).toBe('arm64');
    docker('rmi', ...tags);
  });

  test('an image for another processor is refused, and does not stay on the host', async () => {
    const tag = `${repository}:only`;
    const own = docker('version', '--format', '{{.Server.Arch}}');
    const other = own === 'amd64' ? 'arm64' : 'amd64';
    loadScratchImage(tag, other);
    const image = await nameBuilt(repository, [tag]);
    await expect(sendImage({ image, to: host('web-1'), sources: [], say })).rejects.toThrow(
      `image ${image} did not reach host web-1: it is for ${other}, and the host is ${own}`,
    );
    expect(docker('images', '--quiet', image)).toBe('');
    docker('rmi', tag);
  });

  test('a host that no engine can give it to is named, with the image and the engines that were asked', async () => {
    const image = sentReference(repository, `sha256:${'0'.repeat(64)}`);
    const sources = [host('web-2'), host('gone', { port: 9 })];
    await expect(sendImage({ image, to: host('web-2'), sources, say })).rejects.toMatchObject({
      code: 'not_found',
      message: `host web-2 does not have image ${image}, and neither has any of this machine, gone: npx perch deploy builds what the stack builds again; or choose a version that the hosts keep`,
    });
  });

  test('a host whose sshd forwards no ports is named, with the setting that allows it', async () => {
    await using closed = await startSshd({ like: sshd, settings: ['AllowTcpForwarding no'] });
    await using saved = await archived('closed');
    const set = new ImageSet([saved]);
    const reference = sentReference(repository, saved.manifest.digest);
    await expect(
      pullThrough(host('web-3', closed), { set, reference, patienceMs: 0 }),
    ).rejects.toThrow(
      /^sshd of host web-3 must let images through.*AllowTcpForwarding must be yes or remote/,
    );
  });

  test("a registry's image keeps its name on the host, which is asked first", async () => {
    const image = `${repository}:7`;
    const pulls: string[] = [];
    const pull = async () => {
      pulls.push(docker('tag', 'perch-test-busybox:1', image));
    };
    const args = { image, repository, to: host('web-1'), pull, say };
    await sendTagged(args);
    await sendTagged(args);
    expect(pulls).toHaveLength(1);
    docker('rmi', image);
  });

  test('nothing of it stays on the disk of the machine that sent it', () => {
    const own = `perch-image-${process.pid}-`;
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(own))).toEqual([]);
  });
});
