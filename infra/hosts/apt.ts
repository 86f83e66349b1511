/** Time limit for another process to let go of apt's locks, seconds. A first boot's updates take minutes. */
const lockSeconds = 300;
const secondsBetweenTries = 10;

/**
 * Definition of the shell function `apt_install PACKAGE...`. While another process, such as
 * unattended-upgrades at boot, holds one of apt's locks, it tries again. apt's own option
 * `DPkg::Lock::Timeout` does not wait for the lock of the package lists. Needs `as_root`.
 */
export const aptInstall = `apt_get() {
  said=$(mktemp)
  waited=0
  until as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 "$@" > "$said" 2>&1 < /dev/null; do
    if ! grep -Eq 'Could not get lock|Unable to (acquire|lock)|(is|was) locked by another process' "$said"; then
      tail -n 20 "$said" >&2
      rm -f "$said"
      echo "apt-get $* failed" >&2
      return 1
    fi
    if [ "$waited" -ge ${lockSeconds} ]; then
      grep '^E: ' "$said" >&2 || true
      rm -f "$said"
      echo "another process held apt's lock for ${lockSeconds} s: wait until it has ended, then run the update again" >&2
      return 1
    fi
    [ "$waited" -gt 0 ] || echo "waiting for apt's lock, up to ${lockSeconds} s" >&2
    waited=$((waited + ${secondsBetweenTries}))
    sleep ${secondsBetweenTries}
  done
  rm -f "$said"
}
apt_install() {
  apt_get update && apt_get install -y --no-install-recommends "$@"
}
`;
