/** Shell script that makes one name in a registry for the images of several architectures. Pure text. */
import { shellWord } from '../shell/shell-word.ts';

/**
 * Script that pushes an index of images which are in the registry already, and prints the index' name by
 * its digest. On its standard input it takes the login from {@link indexInput}.
 * @param tag `host/path/name:tag`.
 * @param images `name@sha256:...`, one for each architecture.
 */
export function indexScript(tag: string, images: readonly string[]): string {
  const repository = tag.replace(/:[^:/]*$/, '');
  // The client takes no registry without TLS by itself, as the engine does those on loopback.
  const insecure = tag.startsWith('127.0.0.1:') ? ' --insecure' : '';
  return `set -eu
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
if IFS= read -r server && IFS= read -r username && IFS= read -r password; then
  printf %s "$password" | docker login --username "$username" --password-stdin "$server" > /dev/null
fi
docker manifest create${insecure} ${[tag, ...images].map(shellWord).join(' ')} > /dev/null
pushed=$(docker manifest push${insecure} --purge ${shellWord(tag)})
digest=$(printf '%s\\n' "$pushed" | grep -o 'sha256:[0-9a-f]\\{64\\}' | tail -n 1)
printf %s ${shellWord(`${repository}@`)}"$digest"
`;
}

/** Standard input of {@link indexScript}: the login for the registry, or nothing. Secret. */
export function indexInput(server: string, username: string, password: string): string {
  return password === '' ? '' : `${server}\n${username}\n${password}\n`;
}
