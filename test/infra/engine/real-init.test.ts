import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { unless } from '../../support/skip.ts';
import { Packed } from '../../package/support/packed.ts';
import { leftInDocker } from './support/docker.ts';
import { applications, versionFiles } from './support/init-applications.ts';
import { standInImages, whyNoImages } from './support/language-images.ts';
import { NewUser } from './support/new-user.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { startSshd, type TestSshd } from './support/sshd.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const service = 'real-init';
const ratePerSecond = 50;

/** The languages that are tried: by default the one whose image has no shell. PERCH_INIT=node,go tries more. */
const tried = (process.env['PERCH_INIT'] ?? 'go').split(',');

for (const language of ['node', 'python', 'ruby', 'go'] as const) {
  const reason = tried.includes(language)
    ? (whyNoRealPlugins() ?? whyNoImages(language))
    : 'set PERCH_INIT to the languages to try';

  describe(`A new user with an application in ${language}`, unless(reason), () => {
    const started = new AsyncDisposableStack();
    let packed: Packed;
    let sshd: TestSshd;
    let user: NewUser;
    let httpPort: number;

    beforeAll(async () => {
      packed = started.use(await Packed.make());
      started.use(standInImages(language));
      sshd = started.use(await startSshd());
      user = started.use(await NewUser.with(applications[language]));
      started.defer(async () => {
        // The second test has destroyed it, unless one failed before.
        await user.attempt('clean-up', 'pulumi destroy --yes --skip-preview --stack prod');
      });
      httpPort = await freePort();
    });
    afterAll(() => started.disposeAsync());

    test('goes by the commands of init alone from npm install to a release, and to the next one as a canary', async ({
      annotate,
    }) => {
      await user.run('npm install', `npm install --save-dev --no-audit --no-fund '${packed.file}'`);
      const server = `${sshd.user}@127.0.0.1:${sshd.port}`;
      const options = `--target server --server ${server} --service ${service} --ssh-key new --ci github`;
      const said = await user.run('npx perch init', `npx perch init --yes ${options}`);

      // What the user does by ssh-copy-id, which needs a password.
      const key = user.home(`.ssh/perch-${service}`);
      expect(said).toContain(`ssh-copy-id -i ~/.ssh/perch-${service}.pub -p ${sshd.port}`);
      sshd.accept(await user.run('the key', `cat '${key}.pub'`));
      const secret = 'pulumi config set --stack prod --secret perch:sshPrivateKey';
      expect(said).toContain(`  pulumi stack init prod\n`);
      expect(said).toContain(`  ${secret} < ~/.ssh/perch-${service}\n`);
      await user.run('pulumi stack init', 'pulumi stack init prod');
      await user.run('pulumi config set', `${secret} < ~/.ssh/perch-${service}`);

      // Only for this machine: ports that nobody else has, and steps of seconds.
      const set = 'pulumi config set --stack prod';
      await user.run(
        'settings of the test',
        `${set} perch:httpPort ${httpPort}; ${set} perch:redisPort ${await freePort()}
sed -i 's/minutes: 10/minutes: 0.1/' Pulumi.prod.yaml`,
      );

      expect(await user.run('npx perch doctor', 'npx perch --stack prod doctor')).toContain(
        'Nothing is wrong.',
      );
      await user.run('pulumi up', 'pulumi up --yes --skip-preview --stack prod');
      const traffic = new Traffic({ host: '127.0.0.1', port: httpPort });
      const versions = new Map<string, number>();
      traffic.onAnswer(({ version = 'none' }) =>
        versions.set(version, (versions.get(version) ?? 0) + 1),
      );
      traffic.setRate(ratePerSecond);
      try {
        expect(await user.run('npx perch status', 'npx perch --stack prod status')).toContain(
          service,
        );
        const file = versionFiles[language];
        await user.write(
          file,
          (await user.read(file)).replace("'v1'", "'v2'").replace('"v1"', '"v2"'),
        );
        await user.run(
          'npx perch deploy --progressive',
          'npx perch deploy --stack prod --progressive --verify 5',
        );
        await traffic.pause();
        expect([...traffic.counts.failures]).toEqual([]);
        expect([...versions.keys()].toSorted()).toEqual(['v1', 'v2']);
        const answer = await fetch(`http://127.0.0.1:${httpPort}/`);
        expect(await answer.text()).toBe('v2');
        expect(
          await user.run('npx perch doctor, after', 'npx perch --stack prod doctor'),
        ).toContain('Nothing is wrong.');
      } finally {
        await traffic.stop();
        await annotate(
          `${user.summary}\n${traffic.counts.total} requests: ${JSON.stringify([...versions])}`,
        );
      }
    });

    test('leaves nothing on the server after pulumi destroy', async () => {
      await user.run('pulumi destroy', 'pulumi destroy --yes --skip-preview --stack prod');
      expect(leftInDocker(service)).toEqual([]);
    });
  });
}
