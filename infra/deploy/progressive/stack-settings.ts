/** Settings of a stack that decide how it is deployed, and the rules about them. */
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';
import { stackConfiguration } from '../../recovery/stack-configuration.ts';
import type { DeployOptions } from '../options.ts';
import { programName } from '../release-log.ts';

export interface StackSettings {
  readonly name: string;
  readonly role: string;
  readonly service: string | undefined;
  readonly image: string | undefined;
  readonly canaryImage: string | undefined;
  readonly canaryCount: number;
  readonly buildContext: string | undefined;
  readonly version: string | undefined;
  /** Stack that a canary joins. */
  readonly prodStack: string | undefined;
  readonly hasSteps: boolean;
}

const listSchema = z.array(z.unknown());

/** Reads the settings from a stack's configuration. The program checks them all before it makes anything. */
export async function readSettings(stack: Stack): Promise<StackSettings> {
  const config = await stackConfiguration(stack, await stack.outputs());
  const value = (key: string) => config[`perch:${key}`]?.value || undefined;
  return {
    name: programName(stack.name),
    role: value('role') ?? '',
    service: value('service'),
    image: value('image'),
    canaryImage: value('canaryImage'),
    canaryCount: Number(value('canaryCount') ?? 1),
    buildContext: value('buildContext'),
    version: value('version'),
    prodStack: value('prodStack'),
    hasSteps: isFilledList(value('steps')),
  };
}

function isFilledList(value: string | undefined): boolean {
  if (value === undefined) return false;
  try {
    return listSchema.parse(JSON.parse(value)).length > 0;
  } catch {
    // The program refuses it, with the rule.
    return true;
  }
}

/** Stacks that a deployment is about: its own, that of `--promote` and that of `--from`. */
export interface DeployStacks {
  readonly own: StackSettings;
  readonly promote?: StackSettings | undefined;
  readonly from?: StackSettings | undefined;
}

/** Returns every reason for which stacks cannot be deployed in this way. Pure. */
export function settingProblems(
  { isProgressive, image }: Pick<DeployOptions, 'isProgressive' | 'image'>,
  { own, promote, from }: DeployStacks,
): string[] {
  return [
    ...(isProgressive ? progressiveProblems(own, image, promote !== undefined) : []),
    ...(promote === undefined ? [] : pairProblems('--promote', { canary: own, prod: promote })),
    ...(from === undefined ? [] : pairProblems('--from', { canary: from, prod: own })),
  ];
}

function progressiveProblems(
  own: StackSettings,
  image: string | undefined,
  isPromoted: boolean,
): string[] {
  const { name, role, hasSteps, canaryCount, canaryImage, buildContext } = own;
  const needsImage =
    role !== 'canary' && (image ?? own.image ?? buildContext) === undefined
      ? `--image must be given, because stack ${name} has neither perch:image nor perch:buildContext`
      : undefined;
  return [
    hasSteps || (role === 'canary' && !isPromoted)
      ? undefined
      : `perch:steps must be set in stack ${name} for a progressive deployment`,
    canaryCount > 0
      ? undefined
      : `perch:canaryCount must be at least 1 in stack ${name} for a progressive deployment, got ${canaryCount}`,
    canaryImage === undefined
      ? undefined
      : `perch:canaryImage must not be set in stack ${name} for a progressive deployment, which chooses it: set perch:image, or give --image`,
    needsImage,
  ].filter((problem) => problem !== undefined);
}

function pairProblems(
  option: '--promote' | '--from',
  { canary, prod }: { readonly canary: StackSettings; readonly prod: StackSettings },
): string[] {
  const joined = programName(canary.prodStack ?? '');
  const ofCanary = canary.role === 'canary';
  return [
    ofCanary
      ? undefined
      : `${option} needs a canary stack: stack ${canary.name} must have perch:role canary, got ${canary.role}`,
    prod.role === 'prod'
      ? undefined
      : `${option} needs a prod stack: stack ${prod.name} must have perch:role prod, got ${prod.role}`,
    ofCanary && joined !== prod.name
      ? `${option} needs two stacks that belong together: stack ${canary.name} joins ${canary.prodStack}, not ${prod.name}`
      : undefined,
    canary.service === prod.service
      ? undefined
      : `${option} needs two stacks of one service, got ${canary.service} and ${prod.service}`,
  ].filter((problem) => problem !== undefined);
}
