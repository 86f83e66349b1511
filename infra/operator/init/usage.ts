/** Help of `perch init`. */
import { schema } from '../../config/schema.ts';
import { canaryLocations, forges } from './answers.ts';
import { languages } from './repository/language.ts';
import { serverForm } from './server-words.ts';

export const initUsage = `Usage: npx perch init [OPTIONS]

Makes the application's repository in the working directory a project that Perch releases. Asks in a
terminal for what no option says; without one, --yes takes the defaults. Writes Pulumi.yaml, infra/,
the stacks' files and a CI file, and a Dockerfile if there is none. Overwrites nothing: if one of the
files is there already, nothing is written.

  --yes                   ask nothing
  --target TARGET         where hosts come from: ${schema.target.options.join(', ')}
  --service NAME          name of the application (default: that of the folder)
  --app-port PORT         port on which it listens in its container (default: what the Dockerfile
                          exposes, or the usual one of the language)
  --health-path PATH      path that answers 200 when it can serve (default /healthz)
  --health-command JSON   health check of an image without a shell: program and arguments, a JSON list
  --host NAME             host name to serve by https; repeat it
  --dockerfile LANGUAGE   Dockerfile to write if there is none: ${languages.join(', ')}, none (default: what
                          the repository shows)
  --canary PLACE          where canaries run: ${canaryLocations.join(', ')} (default stack: one of their own, by the
                          branch develop; prod: on the hosts of prod)
  --ci NAME               which CI file to write: ${forges.join(', ')} (default: by the remote origin;
                          none on target docker, and in a folder inside of a repository)
  --organization NAME     first part of the stacks' full names (default: the user on Pulumi Cloud,
                          organization on any other backend)
  --create-stacks         make the stacks by pulumi stack init, and set the ssh key there

Target server:
  --server SERVER         machine, reached by ssh; repeat it. SERVER is ${serverForm}.
                          The first has Redis and the proxy. PRIVATE_ADDRESS is where only the other
                          machines reach it; a single machine needs none.
  --host-key LINE         host key of a machine, as ssh-keyscan prints it (default: init asks the
                          machine, and shows the fingerprint to be compared); repeat it
  --registry HOST/PATH    registry between the build and the machines (default none: images travel
                          by ssh)
  --registry-username NAME

Targets aws and digitalocean:
  --region REGION         region of the hosts
  --ssh-cidr NETWORK      network that may reach ssh, address/bits; repeat it

Access and alerts:
  --ssh-key new | FILE    private key with which Perch logs in to the hosts: a new one, or that of a
                          file; init writes it nowhere but to its own file
  --alert-to ADDRESS      address that receives alert emails, by AWS SES; repeat it. Outside of target
                          aws, it needs --region.
  --alert-from ADDRESS    their sender (default: the first --alert-to)`;
