#!/usr/bin/env bash
# Starts the sample as the README says (npm run sample), runs every line that it prints, ends it with Ctrl-C, and looks
# whether anything is left.
set -euo pipefail
set -m # a process group for the sample, as a terminal gives it one, so that Ctrl-C reaches all of it
cd "$(dirname "${BASH_SOURCE[0]}")/.."

temp=$(mktemp -d)
sample=
trap '[ -z "$sample" ] || kill -KILL -- "-$sample" 2>/dev/null; rm -rf "$temp"' EXIT

fail() {
  printf 'sample: %s\n' "$1" >&2
  cat "$temp/printed" "$temp/walked" 2>/dev/null >&2
  exit 1
}

# The sample's process and everything below it.
family() {
  ps -A -o pid=,ppid= | awk -v root="$sample" '
    { parent[$1] = $2 }
    END { for (pid in parent) for (up = pid; up > 1; up = parent[up]) if (up == root) { print pid; break } }'
}

wait_for() {
  local what=$1 tries=$2
  shift 2
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "waited in vain for $what"
    sleep 0.2
  done
}

is_ready() { grep -q '^Ready: ' "$temp/printed" || ! kill -0 "$sample" 2>/dev/null; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }
is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

read -r PORT PROVIDER_PORT < <(node -e "
  const { createServer } = require('node:net');
  const servers = [createServer(), createServer()].map((server) => server.listen(0, '127.0.0.1'));
  setImmediate(() => {
    console.log(...servers.map((server) => server.address().port));
    servers.forEach((server) => server.close());
  });
")
export PORT PROVIDER_PORT

npm run sample >"$temp/printed" 2>&1 </dev/null &
sample=$!
wait_for 'the sample' 600 is_ready
grep -q '^Ready: ' "$temp/printed" || fail 'it ended by itself'
base=http://127.0.0.1:$PORT

# What it prints to be typed is indented; bob, who came in by the code flow, is no admin.
{
  sed -n 's/^  //p' "$temp/printed" | grep -v '^http'
  printf 'curl -i -H "Authorization: Bearer $(field access_token "$answer")" %s\n' "$base/me" "$base/admin"
} >"$temp/lines"
(cd "$temp" && bash -euo pipefail lines) >"$temp/walked" 2>&1 || fail 'a printed line failed'

expected='200 200 401 200 200 200 200 200 403'
statuses=$(sed -n 's/^HTTP\/1.1 \([0-9]*\).*/\1/p' "$temp/walked" | xargs)
[ "$statuses" = "$expected" ] || fail "answered $statuses in the place of $expected"

processes=$(family)
[ "$(wc -l <<<"$processes")" -ge 3 ] || fail "found no application and provider among: $processes"
kill -INT -- "-$sample"
for process in $processes; do wait_for "the end of process $process" 50 is_gone "$process"; done
for port in "$PORT" "$PROVIDER_PORT"; do is_free "$port" || fail "port $port is still in use"; done
sample=
echo "sample: $statuses, ended without a trace"
