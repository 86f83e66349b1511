import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sshPrivateKey } from '../../support/pulumi/ssh-keys.ts';
import { Engine } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';
import { stackYaml } from './support/stack-yaml.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine();

const local = { role: 'local', target: 'docker', service: 'shop' };
const server = {
  name: 'one',
  address: '198.18.1.1',
  privateAddress: '10.0.0.1',
  user: 'deploy',
  hostKey: 'ssh-ed25519 AAAA',
};
const servers = {
  role: 'prod',
  target: 'server',
  service: 'shop',
  registry: 'registry.perch.internal/shop',
  servers: [server],
};

const refused = [
  {
    what: 'a weight of 101',
    stack: { ...local, canaryWeight: '101' },
    says: 'perch:canaryWeight must be from 0 to 100 with two decimals at most, got "101"',
  },
  {
    what: 'a canary without a prod stack',
    stack: { ...servers, role: 'canary' },
    says: 'perch:prodStack must be set in role canary: a canary joins a prod stack',
  },
  {
    what: 'a machine without Docker',
    stack: local,
    broken: { docker: 'Cannot connect to the Docker daemon' },
    says: 'a Docker engine must answer on this machine on target docker; install or start it',
  },
  {
    what: 'a server that cannot be reached',
    stack: servers,
    broken: { ssh: 'ssh: connect to host 198.18.1.1 port 22: Connection timed out' },
    says: 'perch:servers[0], one, must accept sshPrivateKey for deploy@198.18.1.1:22 and show its hostKey: ssh: connect to host 198.18.1.1 port 22: Connection timed out',
  },
];

describe('Bad input on a real engine', unless(reason), () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await Engine.start();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test.each(refused)(
    'a real engine refuses $what and makes nothing',
    async ({ what, stack, broken, says }) => {
      const name = what.replaceAll(' ', '-').toLowerCase();
      const refusing = await engine.stack(name, stackYaml(stack), { sshPrivateKey });
      for (const [program, reply] of Object.entries(broken ?? {})) {
        engine.programs.addFailing(program, reply);
      }
      const run = await refusing.up();
      for (const program of Object.keys(broken ?? {})) engine.programs.add(program);
      expect(run).not.toSucceed();
      expect(run.output).toContain(says);
      expect(run.output.match(/^ {4}error:/gm)).toHaveLength(1);
      expect(run.operations).toEqual([]);
    },
  );
});
