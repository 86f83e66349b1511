const folder = '/etc/docker';
const file = `${folder}/daemon.json`;
const backup = `${file}.before-perch`;
const setting = '"live-restore": true';

/**
 * Shell script that lets containers outlive the restarts of Docker (`live-restore`), such as the
 * one of an unattended update. Docker applies the setting on a reload, which stops nothing. The
 * rest of Docker's configuration stays as it is: the key is inserted behind the brace that begins
 * every JSON object, and removed again unless Docker then reports it. What stands in the way is
 * only told, because the host can serve without it. Needs `as_root` and a Docker that responds.
 */
export const liveRestore = `live_restore() { [ "$(as_root docker info --format '{{.LiveRestoreEnabled}}')" = true ]; }
reload_docker() {
  if command -v systemctl > /dev/null && systemctl is-active --quiet docker; then
    as_root systemctl reload docker
  else
    as_root sh -c 'kill -HUP "$(cat /var/run/docker.pid)"'
  fi
}
write_live_restore() {
  if as_root test -e ${backup}; then
    case $(as_root cat ${file} | tr -d '[:space:]') in '{}') after= ;; *) after=, ;; esac
    as_root sed -i --follow-symlinks '0,/{/s/{/{ ${setting}'"$after"'/' ${file}
  else
    as_root mkdir -p ${folder} && as_root sh -c 'echo "{ ${setting.replaceAll('"', '\\"')} }" > ${file}'
  fi
}
undo_live_restore() {
  if as_root test -e ${backup}; then
    as_root cp -p ${backup} ${file} && as_root rm ${backup}
  else
    as_root rm -f ${file}
  fi
}
turn_on_live_restore() {
  if live_restore; then return 0; fi
  if as_root grep -q '"live-restore"' ${file} 2> /dev/null; then return 1; fi
  as_root rm -f ${backup}
  if as_root test -s ${file}; then as_root cp -p ${file} ${backup} || return 1; fi
  write_live_restore || { undo_live_restore; return 1; }
  tries=0
  reload_docker || tries=10
  until live_restore; do
    if [ "$tries" -ge 10 ]; then undo_live_restore; return 1; fi
    tries=$((tries + 1))
    sleep 1
  done
  as_root rm -f ${backup}
}
if [ "$(as_root docker info --format '{{.Swarm.LocalNodeState}}')" != inactive ]; then
  echo 'warning: Docker is in swarm mode, so its restart stops the containers on this machine' >&2
elif ! turn_on_live_restore; then
  echo 'warning: a restart of Docker stops the containers on this machine; set ${setting} in ${file}, then run: systemctl reload docker' >&2
fi
`;
