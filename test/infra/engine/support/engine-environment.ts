import { join } from 'node:path';
import { bareEnvironment } from '../../../support/processes/bare-environment.ts';

/**
 * Environment of the Pulumi CLI and its plugins.
 * @param folder home of the engine, with its state.
 * @param programs folder of programs that stand in for those outside. Undefined: the real ones run.
 */
export function engineEnvironment(folder: string, programs: string | undefined): NodeJS.ProcessEnv {
  const outside = {
    PATH: `${programs}:${process.env['PATH']}`,
    DIGITALOCEAN_TOKEN: 'token',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  return {
    ...process.env,
    // The program of a stack then starts in half of the time.
    NODE_COMPILE_CACHE: bareEnvironment.NODE_COMPILE_CACHE,
    ...(programs !== undefined && outside),
    PULUMI_HOME: folder,
    PULUMI_BACKEND_URL: `file://${join(folder, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: 'a passphrase of the test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // Makes --event-log known.
    PULUMI_DEBUG_COMMANDS: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    STAND_IN_FILES: folder,
  };
}
