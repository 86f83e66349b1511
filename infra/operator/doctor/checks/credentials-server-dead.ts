import { deadServerCheck } from './dead-server.ts';

export const credentialsServerDead = deadServerCheck({
  name: 'credentials-server-dead',
  claim: 'every server of the credentials of members is healthy',
  part: 'credentials',
  problem: 'its members get no credentials of their role, so AWS refuses what they ask of it',
});
