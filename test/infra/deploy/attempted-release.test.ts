import { expect, test } from 'vitest';
import { attemptedRelease } from '../../../infra/deploy/attempted-release.ts';

const image = (character: string) => `shop@sha256:${character.repeat(64)}`;
const before = { image: image('a'), runtimeImage: image('f'), version: 'v1' };

/** A state whose application was built to an image. */
const built = (repoDigest: string) => ({
  resources: [
    {
      urn: 'urn:pulumi:prod::perch::perch:service:Image$docker:index/image:Image::app',
      type: 'docker:index/image:Image',
      outputs: { repoDigest },
    },
  ],
});

const setting = (value: string) => ({ value, secret: false });

test('an update that failed tried the configured image, or the one that it built', () => {
  expect(
    attemptedRelease({
      config: { 'perch:image': setting(image('b')), 'perch:version': setting('v2') },
      deployment: built(image('c')),
      before,
    }),
  ).toEqual({ image: image('b'), version: 'v2' });
  expect(attemptedRelease({ config: {}, deployment: built(image('c')), before })).toEqual({
    image: image('c'),
    version: 'c'.repeat(12),
  });
});

test('an image that hosts get by ssh is known by the name that they have', () => {
  const { resources } = built(`sha256:${'c'.repeat(64)}`);
  const urn = 'urn:pulumi:prod::perch::perch:service:Image$command:local:Command::app-reference';
  const named = { urn, type: 'command:local:Command', outputs: { stdout: image('d') } };
  const deployment = { resources: [...resources, named] };
  expect(attemptedRelease({ config: {}, deployment, before })).toMatchObject({ image: image('d') });
});

test('the image of an update whose build failed is not known', () => {
  expect(attemptedRelease({ config: {}, deployment: built(image('a')), before })).toEqual({});
  expect(attemptedRelease({ config: {}, deployment: undefined, before: undefined })).toEqual({});
  const config = { 'perch:image': setting(''), 'perch:version': setting('v2') };
  expect(attemptedRelease({ config, deployment: {}, before })).toEqual({ version: 'v2' });
});
