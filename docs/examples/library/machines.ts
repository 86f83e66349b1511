import * as pulumi from '@pulumi/pulumi';
import * as perch from 'perch';

const config = new pulumi.Config('shop');
const service = 'shop';

const host = new perch.Host('web-1', {
  address: config.require('address'),
  hostKey: config.require('hostKey'),
  privateKey: config.requireSecret('sshPrivateKey'),
});
const registry = { address: config.require('registry') };
const image = new perch.RuntimeImage('perch', { registry }).reference;
const redis = new perch.Redis('redis', { service, host });
const monitor = new perch.Monitor('monitor', {
  service,
  host,
  redis,
  image,
  webhookUrl: config.get('webhookUrl'),
});
const app = new perch.App('stable', {
  service,
  hosts: [host, host],
  redis,
  monitor,
  image: config.require('image'),
  environment: { LOG_LEVEL: 'info' },
});
new perch.Proxy('proxy', { service, host, redis, image, app });

export default { service, url: pulumi.interpolate`http://${host.publicAddress}` };
