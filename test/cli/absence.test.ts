import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { perch } from '../support/processes/perch.ts';
import { reserve, test } from './fixtures.ts';

const because = ['--reason', 'broken'];

const aboutService = [
  ['eject', ...because],
  ['reinstate', ...because],
  ['member', 'activate', '--id', 's1'],
  ['member', 'drain', '--id', 's1'],
  ['member', 'deregister', '--id', 's1'],
  ['member', 'release', '--id', 's1'],
  ['member', 'deregister', '--host', 'web-1'],
  ['host', 'drain', 'web-1'],
  ['host', 'undrain', 'web-1'],
  ['weight'],
  ['weight', '0'],
  ['weight', '--affinity', 'cookie'],
];

/** Test cases named by the command. */
function named(all: readonly (readonly string[])[]) {
  return all.map((args) => [args.join(' '), args] as const);
}

test.for(named(aboutService))(
  'a misspelt service is an error with the nearest name, and nothing is stored: perch %s',
  async ([_name, args], { environment, redis, run }) => {
    await run(...reserve('s1'));
    const before = (await redis.keys('*')).toSorted();
    expect(await perch([...args], { ...environment, PERCH_SERVICE: 'shpo' })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'perch: service shpo has no release yet; did you mean shop?\n',
    });
    expect((await redis.keys('*')).toSorted()).toEqual(before);
  },
);

test('a service whose name is near none is an error that lists those that Redis knows', async ({
  environment,
  run,
}) => {
  const eject = ['eject', ...because];
  const stderr = 'perch: service checkout has no release yet';
  const other = { ...environment, PERCH_SERVICE: 'checkout' };
  expect(await perch(eject, other)).toEqual({ code: 1, stdout: '', stderr: `${stderr}\n` });
  await run(...reserve('s1'));
  expect(await perch(eject, other)).toMatchObject({
    code: 1,
    stderr: `${stderr}; this Redis knows shop\n`,
  });
});

const aboutMember = [
  ['eject', '--member', 'stabel-1', ...because],
  ['reinstate', '--member', 'stabel-1', ...because],
  ['member', 'activate', '--id', 'stabel-1'],
  ['member', 'drain', '--id', 'stabel-1'],
  ['member', 'deregister', '--id', 'stabel-1'],
];

test.for(named(aboutMember))(
  'a misspelt member is an error with the nearest id: perch %s',
  async ([_name, args], { run, staged }) => {
    const before = await staged.releases.read();
    expect(await run(...args)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'perch: member stabel-1 is not registered; did you mean stable-1?\n',
    });
    expect(await staged.releases.read()).toEqual(before);
  },
);

test.for([
  [['weight', '0'], /^nothing changed: weight 0, .* generation 0\n$/],
  [['weight', '--json'], /^\{"weight":0,.*"generation":0,"pausedRollout":null\}\n$/],
  [
    ['member', 'drain', '--id', 's1'],
    /^nothing changed: member s1 is not registered, generation 0\n$/,
  ],
  [
    ['member', 'release', '--id', 's1'],
    /^nothing changed: member s1 is not registered, generation 0\n$/,
  ],
] as const)(
  "a deployment's command succeeds where Redis lost its document, and says that nothing changed: %s",
  async ([args, stdout], { redis, runDeployed }) => {
    expect(await runDeployed(...args)).toEqual({
      code: 0,
      stdout: expect.stringMatching(stdout),
      stderr: '',
    });
    expect(await redis.exists(redisKeys('shop').release)).toBe(0);
  },
);

test('an operator who asks in the container of a host gets the error, and signs changes', async ({
  environment,
  json,
  staged: _staged,
}) => {
  const asked = { ...environment, PERCH_HOST: 'web-1', PERCH_OPERATOR: 'eve@laptop' };
  expect(await perch(['member', 'drain', '--id', 'stabel-1'], asked)).toMatchObject({ code: 1 });
  expect(await perch(['weight', '10'], asked)).toMatchObject({ code: 0 });
  expect(await json('status')).toMatchObject({ release: { updatedBy: 'eve@laptop' } });
});

test.for([
  [['flags', 'list'], 'no flags: '],
  [['incidents'], 'no incidents: '],
  [['events'], 'no events: '],
  [['status'], ''],
] as const)(
  'an empty list says that the service is not there: %s',
  async ([args, before], { environment, run }) => {
    await run(...reserve('s1'));
    const { code, stdout } = await perch(args, { ...environment, PERCH_SERVICE: 'shpo' });
    expect(code).toBe(0);
    expect(stdout).toContain(`${before}service shpo has no release yet; did you mean shop?\n`);
  },
);

const silence = ['incidents', 'silence', 'host-cpu', '--minutes', '5'];
const onOff = '{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"}';

test.for(named([silence, ['flags', 'set', 'beta', onOff]]))(
  'a service without a release that may be misspelt is hintd: perch %s',
  async ([_name, args], { environment, run }) => {
    await run(...reserve('s1'));
    const hint = 'perch: service shpo has no release yet; did you mean shop?\n';
    expect(await perch(args, { ...environment, PERCH_SERVICE: 'shpo' })).toMatchObject({
      code: 0,
      stderr: hint,
    });
    expect(await run(...args)).toMatchObject({ code: 0, stderr: '' });
  },
);

test.for([
  [['flags', 'get', 'bate'], 'flag bate is not stored; did you mean beta?'],
  [['flags', 'toggle', 'bate'], 'flag bate is not stored; did you mean beta?'],
  [['flags', 'disable', 'bate'], 'flag bate is not stored; did you mean beta?'],
  [['host', 'drain', 'host-l'], 'host host-l has no member; did you mean host-1?'],
  [['incidents', 'unsilence', 'host-cpu'], 'host-cpu is not silenced; nothing is silenced'],
  [['route', 'remove', 'blog'], 'service blog has no route'],
  [['service', 'remove', 'blog'], 'service blog is not registered'],
] as const)(
  'a name that is not there is an error that says so: %s',
  async ([args, message], { run, staged: _staged }) => {
    await run('flags', 'set', 'beta', onOff);
    expect(await run(...args)).toEqual({ code: 1, stdout: '', stderr: `perch: ${message}\n` });
  },
);
