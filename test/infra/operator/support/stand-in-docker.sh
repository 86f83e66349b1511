#!/bin/sh
# A Docker engine that is a folder, $ENGINE. `containers` has a line for each: id, service, part,
# track, member and status, separated by tabs; logs/ID is a log with timestamps; a line appended to
# `events` is the start of a container. `docker exec` runs the words here.
case $1 in
  ps)
    service=$(printf '%s\n' "$@" | sed -n 's/^label=perch.service=//p')
    part=$(printf '%s\n' "$@" | sed -n 's/^label=perch.part=//p')
    case " $* " in
      *' --quiet '*)
        awk -F '\t' -v service="$service" -v part="$part" \
          '$2 == service && $3 == part && $6 ~ /\(healthy\)/ { print $1 }' "$ENGINE/containers"
        ;;
      *) awk -F '\t' -v service="$service" '$2 == service' "$ENGINE/containers" ;;
    esac
    ;;
  logs)
    for id; do :; done
    case " $* " in
      *' --follow '*) exec tail -n +1 -f "$ENGINE/logs/$id" ;;
      *) exec cat "$ENGINE/logs/$id" ;;
    esac
    ;;
  events)
    exec tail -n 0 -f "$ENGINE/events"
    ;;
  exec)
    shift
    while :; do
      case $1 in
        --env) export "$2"; shift 2 ;;
        --*) shift ;;
        *) break ;;
      esac
    done
    CONTAINER=$1
    export CONTAINER
    shift
    exec "$@"
    ;;
  *)
    . "$ENGINE/more"
    ;;
esac
