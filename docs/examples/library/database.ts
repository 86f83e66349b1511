import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import * as perch from 'perch';

const password = new random.RandomPassword('database', { length: 32, special: false });
const database = new aws.rds.Instance('database', {
  engine: 'postgres',
  instanceClass: 'db.t4g.micro',
  allocatedStorage: 20,
  username: 'shop',
  password: password.result,
  skipFinalSnapshot: true,
});

const shop = new perch.Prod('shop', {
  target: 'aws',
  region: 'eu-central-1',
  buildContext: '.',
  hosts: ['shop.example.com'],
  hostCount: 2,
  stableCount: 2,
  steps: [
    { weight: 10, minutes: 15 },
    { weight: 50, minutes: 15 },
  ],
  environment: { LOG_LEVEL: 'info' },
  secretEnvironment: {
    DATABASE_URL: pulumi.interpolate`postgres://shop:${password.result}@${database.endpoint}/shop`,
  },
});

// The proxy's host has a fixed address.
new aws.route53.Record('shop', {
  zoneId: new pulumi.Config('shop').require('zoneId'),
  name: 'shop.example.com',
  type: 'A',
  ttl: 300,
  records: [shop.hosts.apply(([first]) => first?.publicAddress ?? '')],
});

// A job outside of the hosts has the application's environment too.
const role = new aws.iam.Role('nightly', {
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' }),
});
new aws.lambda.Function('nightly', {
  role: role.arn,
  packageType: 'Image',
  imageUri: shop.app.image,
  environment: { variables: shop.app.environment },
});

export default { ...(await shop.outputs), website: shop.url };
