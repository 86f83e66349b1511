/** Options of `perch init`. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../../../runtime/contract/suggest-name.ts';
import type { Answers, NamedServer } from './answers.ts';
import { readServer } from './server-words.ts';

/** An option that breaks a rule, or a file that is in the way. */
export interface InitProblem {
  /** The option, such as `--server`. */
  readonly option: string;
  /** The rule and the value, read after the option. */
  readonly problem: string;
}

/** Options as texts: what they allow is checked later. */
interface Words {
  readonly target: string;
  readonly canary: string;
  readonly ci: string;
  readonly dockerfile: string;
  readonly servers: readonly NamedServer[];
  /** `new`, or the path of a private key. */
  readonly sshKey: string;
}

/** Values of the options. Each is undefined where nothing is given. */
export type InitOptions = {
  readonly [K in keyof Answers]: (K extends keyof Words ? Words[K] : Answers[K]) | undefined;
} & {
  /** Lines as ssh-keyscan prints them. */
  readonly hostKeys: readonly string[];
  readonly asksNothing: boolean;
  readonly createsStacks: boolean;
};

const once = { type: 'string' } as const;
const repeated = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

const options = {
  yes: flag,
  target: once,
  service: once,
  'app-port': once,
  'health-path': once,
  'health-command': once,
  host: repeated,
  server: repeated,
  'host-key': repeated,
  'ssh-key': once,
  'ssh-cidr': repeated,
  region: once,
  registry: once,
  'registry-username': once,
  'alert-to': repeated,
  'alert-from': once,
  canary: once,
  organization: once,
  ci: once,
  dockerfile: once,
  'create-stacks': flag,
} as const;

const names = Object.keys(options);

/** Reads the options. Values are checked later, by the rules of the configuration. */
export function initOptions(args: readonly string[]): {
  readonly given: InitOptions;
  readonly problems: readonly InitProblem[];
} {
  const { values, tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const counts = new Map<string, number>();
  const misused = tokens.flatMap((token): InitProblem[] => {
    if (token.kind === 'positional') {
      return [{ option: token.value, problem: 'is no option: perch init takes only options' }];
    }
    if (token.kind === 'option-terminator') return [];
    const count = (counts.get(token.name) ?? 0) + 1;
    counts.set(token.name, count);
    return optionProblem(token.name, token.rawName, token.value, count);
  });
  const text = (name: keyof typeof options) => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const list = (name: keyof typeof options) => {
    const value = values[name];
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
  };
  const servers = readServers(list('server'));
  return {
    given: {
      asksNothing: values.yes === true,
      createsStacks: values['create-stacks'] === true,
      target: text('target'),
      service: text('service'),
      appPort: text('app-port'),
      healthPath: text('health-path'),
      healthCommand: text('health-command'),
      hosts: list('host'),
      servers: servers?.good,
      hostKeys: list('host-key') ?? [],
      sshKey: text('ssh-key'),
      sshCidrs: list('ssh-cidr'),
      region: text('region'),
      registry: text('registry'),
      registryUsername: text('registry-username'),
      alertTo: list('alert-to'),
      alertFrom: text('alert-from'),
      canary: text('canary'),
      organization: text('organization'),
      ci: text('ci'),
      dockerfile: text('dockerfile'),
    },
    problems: [...misused, ...(servers?.problems ?? [])],
  };
}

function optionProblem(
  name: string,
  rawName: string,
  value: string | undefined,
  count: number,
): InitProblem[] {
  const [, option] = Object.entries(options).find(([known]) => known === name) ?? [];
  if (option === undefined) {
    return [{ option: rawName, problem: `is not known${didYouMean(name, names)}` }];
  }
  if (option.type === 'boolean') {
    return value === undefined
      ? []
      : [{ option: rawName, problem: `takes no value, got ${value}` }];
  }
  if (
    value === undefined ||
    value === '' ||
    (value.startsWith('--') && names.includes(value.slice(2)))
  ) {
    return [{ option: rawName, problem: 'must be followed by a value' }];
  }
  const isRepeated = 'multiple' in option;
  return isRepeated || count !== 2 ? [] : [{ option: rawName, problem: 'must be given once' }];
}

function readServers(words: readonly string[] | undefined) {
  if (words === undefined) return undefined;
  const read = words.map((word, index) => readServer(word, index, words.length));
  return {
    good: read.flatMap((server) => ('problem' in server ? [] : [server])),
    problems: read.flatMap((server): InitProblem[] =>
      'problem' in server ? [{ option: '--server', problem: server.problem }] : [],
    ),
  };
}
