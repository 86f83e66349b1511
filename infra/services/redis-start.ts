const container = { folder: '/data', port: 6379 } as const;

/**
 * Start command of Redis' container, for `sh -c`. It repairs an append-only file that a crash of the
 * host tore, which Redis refuses ("Bad file format") or cuts off in silence. What was lost is
 * appended to the repaired file as a command of Redis, so that no client ever sees the data
 * without it; the key expires after a day.
 *
 * A broken file that is not the last one cannot be repaired: redis-server then says so and ends.
 * @param repairKey - key of the note on the repair.
 */
export function redisStart(repairKey: string): string {
  // A here-document passes the password, so that no argument list shows it. `exec` lets redis-server
  // itself receive SIGTERM; it then flushes its append-only file. Snapshots are off, because Redis
  // refuses all writes after one that failed (stop-writes-on-bgsave-error).
  return String.raw`data=${container.folder} port=${container.port}
folder=$data/appendonlydir
copy=$data/aof-before-repair
aof=$folder/appendonly.aof.manifest
[ -f "$aof" ] || { folder=$data; aof=$data/appendonly.aof; }
check=$(command -v redis-check-aof || command -v valkey-check-aof)

is_repairable() {
  [ "$good" -gt 0 ] || case "$torn" in *.incr.aof) ;; *) return 1 ;; esac
  echo n | "$check" --fix "$aof" 2>&1 | grep -q 'This will shrink'
}

keep_copy() {
  rm -rf "$copy"
  what=$folder
  [ "$folder" != "$data" ] || what=$aof
  needed=$(du -sk "$what" | awk '{ print $1 }')
  free=$(df -Pk "$data" | awk 'NR == 2 { print $4 }')
  [ "$free" -gt $((needed * 2)) ] && cp -r "$what" "$copy"
}

note_repair() {
  now=$(date +%s)
  note="{\"at\":$now""000,\"lostBytes\":$((size - good)),\"sizeBytes\":$size,\"copy\":$copied}"
  printf '*5\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n$4\r\nPXAT\r\n$13\r\n%d000\r\n' \
    ${repairKey.length} '${repairKey}' $(printf %s "$note" | wc -c) "$note" $((now + 86400)) \
    >> "$folder/$(basename "$torn")"
}

if [ -s "$aof" ] && [ -n "$check" ] && ! report=$("$check" "$aof" 2>&1); then
  set -- $(echo "$report" | sed -n \
    's/.*AOF analyzed: filename=\([^,]*\), size=\([0-9]*\), ok_up_to=\([0-9]*\),.*/\1 \2 \3/p' | tail -n 1)
  torn=$1 size=$2 good=$3
  echo "$report" | tail -n 3 >&2
  if is_repairable; then
    copied=false
    if keep_copy; then copied=true; else rm -rf "$copy"; fi
    if echo y | "$check" --fix "$aof" >&2; then
      note_repair
      echo "perch: repaired the append-only file: $((size - good)) of $size bytes are lost" >&2
    fi
  else
    echo "perch: the append-only file cannot be repaired: move $data/appendonlydir away, then 'perch restore'" >&2
  fi
fi

exec redis-server - --port "$port" --dir "$data" --appendonly yes --save "" \
  --maxmemory "$MAX_MEMORY" --maxmemory-policy noeviction <<END
requirepass $REDISCLI_AUTH
END`;
}
