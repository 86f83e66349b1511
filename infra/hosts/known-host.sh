# Prints the pinned key of a host: the KnownHostsCommand of Docker's ssh. ssh runs it before it reads
# the private key, so in a checkout that does not have the file of that key yet, this writes it.
#
#   sh known-host.sh PRIVATE_KEY_FILE STACK ALIAS KEY_TYPE KEY
#
# States of deployed stacks name this script, so it must stay where it is and take these arguments.
# The private key comes from the stack's configuration. It is in no argument.
file=$1
stack=$2
shift 2
if [ ! -s "$file" ]; then
  umask 077
  mkdir -p "$(dirname "$file")"
  if pulumi config get --non-interactive --stack "$stack" perch:sshPrivateKey > "$file.$$"; then
    # Connections that start at the same time find the whole file or none.
    mv "$file.$$" "$file"
  else
    rm -f "$file.$$"
    echo "perch: sshPrivateKey of stack $stack must be readable here: see docs/releasing.md" >&2
  fi
fi
echo "$*"
