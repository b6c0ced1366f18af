#!/usr/bin/env bash
# Starts the sample as the README says (npm run sample), runs every line that it prints, ends it with Ctrl-C, and looks
# whether anything is left.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

temp=$(mktemp -d)
sample='' processes=''
finish() {
  local pid
  for pid in ${processes:-$(family)}; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$temp"
}
trap finish EXIT

fail() {
  printf 'sample: %s\n' "$1" >&2
  cat "$temp/printed" "$temp/walked" 2>/dev/null >&2
  exit 1
}

# The sample's process and everything below it.
family() {
  [ -z "$sample" ] || ps -A -o pid=,ppid= | awk -v root="$sample" '
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
unset "${!OIDC_@}"

set -m # a process group for it, as a terminal gives it one, so that Ctrl-C reaches all of it
npm run sample >"$temp/printed" 2>&1 </dev/null &
sample=$!
set +m
wait_for 'the sample' 600 is_ready
grep -q '^Ready: ' "$temp/printed" || fail 'it ended by itself'
processes=$(family)
[ "$(wc -l <<<"$processes")" -ge 4 ] || fail "found no application and provider among: $processes"

# What is to be typed is indented, under headings. Ada comes in by the device flow, bob by the code flow; bob has neither
# the scope of the reports nor the group of the admins.
section() {
  awk -v heading="$1" '/^(Log in|Use|Ctrl-C)/ { current = index($0, heading) } current && sub(/^  /, "")' "$temp/printed" |
    grep -v '^http'
}
{
  section 'from a shell'
  section 'Use the token'
  section 'from a script'
  section 'Use the token'
} >"$temp/lines"
(cd "$temp" && bash -euo pipefail lines) >"$temp/walked" 2>&1 || fail 'a printed line failed'

expected='200 200 401 200 200 200 200 200 200 401 200 403 403 200'
statuses=$(sed -n 's/^HTTP\/1.1 \([0-9]*\).*/\1/p' "$temp/walked" | xargs)
[ "$statuses" = "$expected" ] || fail "answered $statuses in the place of $expected"

kill -INT -- "-$sample"
for process in $processes; do wait_for "the end of process $process" 50 is_gone "$process"; done
for port in "$PORT" "$PROVIDER_PORT"; do is_free "$port" || fail "port $port is still in use"; done
processes='' sample=''
echo "sample: $statuses, ended without a trace"
