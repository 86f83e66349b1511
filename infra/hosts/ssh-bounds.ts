const folder = '/etc/ssh/sshd_config.d';
const file = `${folder}/20-perch.conf`;

/**
 * Bounds of sshd. Pulumi's plugins log in once for each command and each request to Docker, and by
 * default sshd refuses some of more than ten logins at once, and the eleventh session of a connection.
 */
export const sshBounds = 'MaxStartups 100:30:200\nMaxSessions 64';

/**
 * Shell script that gives sshd {@link sshBounds}, in a file of their own. sshd checks the file before
 * it reads its configuration again, which ends no session; otherwise the file is removed. What stands
 * in the way is only told: plugins try again. An sshd without the folder stays as it is. Needs `as_root`.
 */
export const raiseSshBounds = `reload_sshd() {
  if command -v systemctl > /dev/null; then
    for unit in ssh sshd; do
      if as_root systemctl try-reload-or-restart "$unit" > /dev/null 2>&1; then return 0; fi
    done
    return 1
  fi
  as_root sh -c 'kill -HUP "$(cat /var/run/sshd.pid)"' 2> /dev/null
}
raise_ssh_bounds() {
  if ! as_root test -d ${folder}; then return 0; fi
  if [ "$(as_root cat ${file} 2> /dev/null)" = '${sshBounds}' ]; then return 0; fi
  as_root sh -c 'cat > ${file}' <<END || return 1
${sshBounds}
END
  if as_root sh -c 'PATH=$PATH:/usr/sbin; mkdir -p /var/run/sshd && sshd -t' && reload_sshd; then return 0; fi
  as_root rm -f ${file}
  return 1
}
if ! raise_ssh_bounds; then
  echo 'warning: sshd refuses some of many logins at once; set MaxStartups 100:30:200 and MaxSessions 64 in its configuration' >&2
fi
`;
