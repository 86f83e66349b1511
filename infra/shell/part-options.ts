import type { ComponentResourceOptions } from '@pulumi/pulumi';

/** Options of every part of a stack that has no component above it. Empty: it belongs to the stack itself. */
export type PartOptions = Pick<ComponentResourceOptions, 'parent' | 'aliases'>;
