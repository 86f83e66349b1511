/** Settings of the stacks that `perch init` writes, and the configuration's own judgement of them. Pure. */
import { defaultsOf } from '../../config/defaults.ts';
import { schema, secretKeys, type Key } from '../../config/schema.ts';
import { checkConfig } from '../../config/stack-config.ts';
import type { Answers, PinnedServer } from './answers.ts';

export type Settings = Partial<Readonly<Record<Key, unknown>>>;

/** Steps of a canary: about half an hour, and longer only while the judge has too little traffic. */
const steps = [
  { weight: 5, minutes: 10 },
  { weight: 25, minutes: 10 },
  { weight: 50, minutes: 10 },
];

/** Ports of a service on this machine, where the usual ones may be taken or need root. */
const portsOnThisMachine = { httpPort: 8080, redisPort: 16_379 };

export interface HostAccess {
  readonly servers: readonly PinnedServer[];
  /** Public half of the key that clouds put on their hosts. */
  readonly sshPublicKey: string | undefined;
}

/** Settings of the prod stack. */
export function prodSettings(answers: Answers, { servers, sshPublicKey }: HostAccess): Settings {
  return defined({
    role: 'prod',
    ...shared(answers),
    hosts: some(answers.hosts),
    servers: some(servers),
    ...(answers.target === 'docker' && portsOnThisMachine),
    ...registryOf(answers),
    ...cloudAccess(answers, sshPublicKey),
    steps,
    ...alerting(answers),
  });
}

/** Settings of the canary stack. On servers it uses the last of prod's, which has both tracks then. */
export function canarySettings(answers: Answers, { servers, sshPublicKey }: HostAccess): Settings {
  const { organization, service, target } = answers;
  const isCloud = target === 'aws' || target === 'digitalocean';
  return defined({
    role: 'canary',
    prodStack: `${organization}/${service}/prod`,
    ...shared(answers),
    servers: some(servers.slice(-1)),
    ...(isCloud && { hostCount: 1 }),
    ...registryOf(answers),
    ...cloudAccess(answers, sshPublicKey),
    steps,
    affinity: 'cookie',
    ...alerting(answers),
  });
}

function shared(answers: Answers): Settings {
  const { target, service, region, appPort, healthPath, healthCommand } = answers;
  return {
    target,
    service,
    region,
    buildContext: '.',
    appPort: /^\d+$/.test(appPort) ? Number(appPort) : appPort,
    healthPath,
    healthCommand: healthCommand === undefined ? undefined : listOrText(healthCommand),
  };
}

function registryOf({ target, registry, registryUsername }: Answers): Settings {
  return { registry: registry ?? (target === 'server' ? 'none' : undefined), registryUsername };
}

function cloudAccess({ target, sshCidrs }: Answers, sshPublicKey: string | undefined): Settings {
  const isCloud = target === 'aws' || target === 'digitalocean';
  return { sshCidrs: some(sshCidrs), sshPublicKey: isCloud ? sshPublicKey : undefined };
}

function alerting({ alertTo, alertFrom }: Answers): Settings {
  return { alertFrom: alertFrom ?? alertTo[0], alertTo: some(alertTo) };
}

function some<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}

function defined(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function listOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    // The configuration refuses it, with the rule.
    return value;
  }
}

/** Configuration key, which may be inside a list, and its problem. */
export type SettingProblem = readonly [field: string, problem: string];

/** Keys that only the user can set, encrypted, after the files are written. */
const givenLater: readonly string[] = ['sshPrivateKey', 'registryPassword'];

/**
 * Returns what the configuration refuses of a stack.
 * @param privateKey the deploy key, if it is known. Secret.
 */
export function settingProblems(settings: Settings, privateKey?: string): SettingProblem[] {
  const texts = Object.entries(settings).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const raw: Readonly<Record<string, string>> = {
    ...defaultsOf(Object.keys(schema)),
    ...Object.fromEntries(texts),
    ...(privateKey !== undefined && { sshPrivateKey: privateKey }),
  };
  const full = Object.entries(raw).map(([key, value]) => [`perch:${key}`, value]);
  const secret = new Set(secretKeys.map((key) => `perch:${key}`));
  const { problems } = checkConfig(Object.fromEntries(full), secret, {});
  return problems.filter(
    ([field, problem]) => !(givenLater.includes(field) && problem.startsWith('must be set')),
  );
}
