/** Rules about images and the registry that they go through. */
import { builtImage, noRegistry } from './image-reference.ts';
import { needs, rule, when, type ConfigRule } from './rule.ts';
import type { Values } from './schema.ts';

/** Reason for which images need a registry, or nothing, on each target. */
const whyARegistry: Readonly<Record<Values['target'], string>> = {
  aws: 'leave it out, and the stack makes one',
  digitalocean: 'leave it out, and the stack makes one',
  docker: 'leave it out, because this machine runs what it builds',
  server: '',
};

export const imageRules: readonly ConfigRule[] = [
  rule(['target', 'image', 'canaryImage', 'runtimeImage'], ({ target, ...images }) =>
    (['image', 'canaryImage', 'runtimeImage'] as const).map((key) =>
      when(
        target !== 'docker' && images[key]?.startsWith('sha256:') === true,
        key,
        `must name the registry's image, not an id, on target ${target}`,
      ),
    ),
  ),
  rule(['role', 'canaryImage'], ({ role, canaryImage }) => [
    when(
      role === 'canary' && canaryImage !== undefined,
      'canaryImage',
      'must not be set in role canary, whose only track is the canary: set image',
    ),
  ]),
  rule(['image', 'canaryImage', 'buildContext'], ({ image, canaryImage, buildContext }) =>
    canaryImage === builtImage
      ? [
          needs('image', image, `while canaryImage is ${builtImage}: the stable members run it`),
          needs('buildContext', buildContext, `while canaryImage is ${builtImage}`),
        ]
      : [],
  ),
  rule(['canaryImage', 'canaryVersion'], ({ canaryImage, canaryVersion }) => [
    when(
      canaryImage === undefined && canaryVersion !== undefined,
      'canaryVersion',
      'must not be set without canaryImage',
    ),
  ]),
  rule(['target', 'hostStack', 'registry', 'image', 'canaryImage', 'runtimeImage'], (values) => {
    if (values.hostStack !== undefined) return [];
    const { image, canaryImage, runtimeImage } = values;
    const builds = image === undefined || runtimeImage === undefined || canaryImage === builtImage;
    return [
      when(
        values.target === 'server' && values.registry === undefined && builds,
        'registry',
        'must be set on target server, unless all images are already built: none sends them by ssh',
      ),
    ];
  }),
  rule(['target', 'hostStack', 'registry'], ({ target, hostStack, registry }) => [
    when(
      hostStack === undefined && registry === noRegistry && target !== 'server',
      'registry',
      `must not be none on target ${target}: ${whyARegistry[target]}`,
    ),
  ]),
  rule(['registry', 'registryUsername', 'registryPassword'], (values) => [
    when(
      values.registry === noRegistry && values.registryUsername !== undefined,
      'registryUsername',
      'must not be set with registry none, which needs no login',
    ),
    when(
      (values.registryUsername === undefined) !== (values.registryPassword === undefined),
      'registryPassword',
      'must be set together with registryUsername',
    ),
    when(
      values.registry === undefined && values.registryUsername !== undefined,
      'registryUsername',
      'must not be set without registry',
    ),
  ]),
];
