/** Shell script that pulls an image, and what it needs to know. Pure text. */

import type { Architecture } from '../../runtime/contract/architecture.ts';

/** Login of a registry. */
export interface PullLogin {
  /** Host of the registry, without a path; `docker.io` for Docker Hub. */
  readonly server: string;
  readonly username: string;
  /** Secret. */
  readonly password: string;
}

export interface PullScriptArgs {
  readonly image: string;
  /** Configuration key that names the image. */
  readonly key: string;
  /** True if a failure is only reported, because what needs the image may find it all the same. */
  readonly isOptional?: boolean;
  /** Architecture that the image must have. Default: whatever the engine takes. */
  readonly architecture?: Architecture | undefined;
  /**
   * Architecture that is built for, if the image is the base of a build: the engine may be of another
   * one. BuildKit checks the image itself.
   */
  readonly platform?: Architecture | undefined;
  /** Waits between the attempts, seconds. Default: doubled from 2, a minute in all. */
  readonly waitsSeconds?: readonly number[];
}

const defaultWaits = [2, 4, 8, 16, 32];

/**
 * Script that pulls an image unless the engine has it. A failure is tried again with growing waits,
 * unless waiting cannot help: the image is gone, or the registry refuses the login. On its standard
 * input it takes the login from {@link pullInput}, which is in no argument list and in no file that
 * outlives it.
 */
export function pullScript({
  image,
  key,
  isOptional = false,
  architecture,
  platform,
  waitsSeconds = defaultWaits,
}: PullScriptArgs): string {
  const failed = isOptional ? 0 : 1;
  const wanted = architecture ?? platform;
  const option = wanted === undefined ? '' : ` --platform linux/${wanted}`;
  return `set -eu
image=${quoted(image)}
${presence(wanted)}
password=
if IFS= read -r username && IFS= read -r password; then
  DOCKER_CONFIG=$(mktemp -d)
  export DOCKER_CONFIG
  trap 'rm -rf "$DOCKER_CONFIG"' EXIT
fi
attempt() {
  if [ -n "$password" ]; then
    printf %s "$password" | docker login --username "$username" --password-stdin ${quoted(registryOf(image))} || return 1
  fi
  docker pull --quiet${option} "$image"${check(architecture)}
}
for wait in ${waitsSeconds.join(' ')} none; do
  if answer=$(attempt 2>&1); then exit 0; fi
  case $answer in
    *"manifest unknown"* | *"name unknown"* | *"not known to registry"*)
      echo "image $image is no longer in the registry: release again, or set perch:${key} to one that is there" >&2
      exit ${failed} ;;
${wrongArchitecture(key, { architecture, platform }, failed)}    *denied* | *unauthorized* | *"no basic auth"* | *"invalid reference"*) break ;;
  esac
  if [ "$wait" = none ]; then break; fi
  sleep "$wait"
done
reason=$(printf '%s\\n' "$answer" | tail -n 1)
case $reason in
  *toomanyrequests* | *"429 Too Many"*) hint='; set perch:pullLogins, or name a mirror of the image in perch:${key}' ;;
  *denied* | *unauthorized* | *"no basic auth"*) hint='; set perch:pullLogins' ;;
  *) hint= ;;
esac
echo "image $image cannot be pulled: $reason$hint" >&2
exit ${failed}
`;
}

/** Ends the script if the engine has the image, of the architecture that it must have. */
function presence(architecture: Architecture | undefined): string {
  if (architecture === undefined) {
    return 'if docker image inspect "$image" > /dev/null 2>&1; then exit 0; fi';
  }
  return `fits() { [ "$(docker image inspect --format '{{.Architecture}}' "$image" 2> /dev/null)" = ${architecture} ]; }
if fits; then exit 0; fi`;
}

/** Older engines pull an image of another architecture all the same, if there is no index. */
function check(architecture: Architecture | undefined): string {
  if (architecture === undefined) return '';
  return ` || return 1
  if ! fits; then echo 'the image does not match the specified platform'; return 1; fi`;
}

/** Case for an image that there is only for another architecture: waiting does not help. */
function wrongArchitecture(
  key: string,
  { architecture, platform }: Pick<PullScriptArgs, 'architecture' | 'platform'>,
  failed: number,
): string {
  const wanted = architecture ?? platform;
  if (wanted === undefined) return '';
  const whose =
    architecture === undefined
      ? 'the architecture that is built for'
      : 'the architecture of this host';
  return `    *"no matching manifest"* | *"does not match the specified platform"* | *"no match for platform"*)
      echo "image $image is not for ${wanted}, ${whose}: perch:${key} must name one that is, or an index of several" >&2
      exit ${failed} ;;
`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Standard input of {@link pullScript}: the login for the image's registry, or nothing. Secret. */
export function pullInput(image: string, logins: readonly PullLogin[]): string {
  const login = logins.find(({ server }) => server === registryOf(image));
  return login === undefined ? '' : `${login.username}\n${login.password}\n`;
}

/** Host of an image's registry, as Docker reads the image's name. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'docker.io';
}

/** Images that a Dockerfile builds on, without its own stages and those that only arguments name. */
export function baseImagesIn(dockerfile: string): string[] {
  const from = /^FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?/gim;
  const lines = [...dockerfile.matchAll(from)];
  const stages = new Set(lines.flatMap(([, , stage]) => stage?.toLowerCase() ?? []));
  const images = lines.map(([, image = '']) => image);
  return [...new Set(images)].filter(
    (image) => image !== 'scratch' && !image.includes('$') && !stages.has(image.toLowerCase()),
  );
}
