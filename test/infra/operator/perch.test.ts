import { describe, expect } from 'vitest';
import { whyNoSshd } from '../engine/support/sshd.ts';
import { unless } from '../../support/skip.ts';
import { test } from './support/operator-test.ts';

describe('A command about a stack', unless(whyNoSshd()), () => {
  test('runs in the monitor of the control host and names service and stack', async ({ stage }) => {
    const { code, stdout, stderr } = await stage.perch(['--stack', 'prod', 'flags', 'list']);
    expect(stderr).toBe('perch: service shop, stack prod\n');
    expect(code).toBe(0);
    expect(stdout).toContain('no flags');
  });

  test('prints nothing but JSON with --json', async ({ stage }) => {
    const { code, stdout, stderr } = await stage.perch([
      '--stack',
      'prod',
      'flags',
      'list',
      '--json',
    ]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({});
    expect(code).toBe(0);
  });

  test('ends with the exit code of the command', async ({ stage }) => {
    const { code, stderr } = await stage.perch(['--stack=prod', 'weight', '101']);
    expect(stderr).toContain('101');
    expect(code).toBe(2);
  });

  test('hands its standard input on', async ({ stage }) => {
    stage.hosts[0]?.programs.add('perch', 'echo "read $(cat) by $PERCH_OPERATOR"');
    const { stdout } = await stage.perch(['--stack', 'prod', 'anything'], { stdin: 'a secret' });
    expect(stdout).toMatch(/^read a secret by \w+@/);
  });

  test('runs on another host if the control host has no healthy monitor', async ({ stage }) => {
    stage.hosts[0]?.contain({ id: 'ill', part: 'monitor', status: 'Up 2 hours (unhealthy)' });
    stage.hosts[1]?.programs.add('perch', 'echo "in $CONTAINER"');
    const { stdout } = await stage.perch(['--stack', 'prod', 'status']);
    expect(stdout).toBe('in monitor-web-2\n');
  });

  test('names the nearest stack if there is none of that name', async ({ stage }) => {
    const { code, stderr } = await stage.perch(['--stack', 'prd', 'status']);
    expect(stderr).toBe('perch: there is no stack prd; did you mean prod?\n');
    expect(code).toBe(2);
  });

  test('names the command that mends a state which a killed update left', async ({ stage }) => {
    stage.programs.addFailing('pulumi', 'error: failed to load checkpoint: EOF');
    const { code, stderr } = await stage.perch(['--stack', 'prod', 'status']);
    expect(stderr).toContain('failed to load checkpoint: EOF; run npx perch recover --stack prod');
    expect(code).toBe(1);
  });

  test('must be run in the project', async ({ stage }) => {
    const says = 'error: if you are using the --stack flag, pass the fully qualified name';
    stage.programs.addFailing('pulumi', says);
    const { code, stderr } = await stage.perch(['--stack', 'prod', 'status']);
    expect(stderr).toContain("the working directory must be in the Pulumi project's folder, got /");
    expect(code).toBe(2);
  });

  test('has its own errors in JSON with --json', async ({ stage }) => {
    const { code, stderr } = await stage.perch(['--stack', 'prd', 'status', '--json']);
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'bad_input', message: 'there is no stack prd; did you mean prod?' },
    });
    expect(code).toBe(2);
  });

  test('without --stack goes to the Redis of the environment', async ({
    stage,
    redis,
    sharedServer,
  }) => {
    await redis.ping();
    const environment = { PERCH_REDIS_URL: sharedServer.url, PERCH_SERVICE: 'shop' };
    const { code, stdout } = await stage.perch(['flags', 'list', '--json'], { environment });
    expect(JSON.parse(stdout)).toEqual({});
    expect(code).toBe(0);
  });

  test('without --stack and without a Redis names the stacks', async ({ stage }) => {
    const { code, stderr } = await stage.perch(['status']);
    expect(stderr).toContain('--stack must be given (prod, canary), or PERCH_REDIS_URL');
    expect(code).toBe(2);
  });

  test('with --rehearsal is left to the runtime', async ({ stage }) => {
    const { stderr } = await stage.perch(['--rehearsal', 'status']);
    expect(stderr).not.toContain('--stack must be given');
  });

  test.for(['deploy', 'rollback'])(
    '%s reads its arguments itself, before the stack, which may never have been updated',
    async (name, { stage }) => {
      const words = ['--stack', 'canary', name, '--verify', 'soon'];
      const { code, stderr } = await stage.perch(words);
      expect(stderr).toContain(
        `${name}: --verify must be a whole number from 0 to 3600, got soon\n\nUsage: `,
      );
      expect(code).toBe(2);
    },
  );

  test('deploy without a stack names those that there are', async ({ stage }) => {
    const { code, stderr } = await stage.perch(['deploy']);
    expect(stderr).toBe('perch: --stack must be given for perch deploy (prod, canary)\n');
    expect(code).toBe(2);
  });

  test('help of deploy needs no stack and names its options', async ({ stage }) => {
    const { code, stdout } = await stage.perch(['deploy', '--help']);
    expect(stdout).toContain('--verify SECONDS');
    expect(code).toBe(0);
  });

  test('help of a command needs no stack', async ({ stage }) => {
    const { code, stdout } = await stage.perch(['--stack', 'none', 'weight', '--help']);
    expect(stdout).toContain('Usage: perch weight');
    expect(code).toBe(0);
  });

  test('help names the commands of both sides', async ({ stage }) => {
    const { code, stdout } = await stage.perch(['--help']);
    expect(code).toBe(0);
    for (const name of ['deploy', 'rollback', 'logs', 'exec', 'doctor', 'status', 'weight']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });
});
