# For the walks: starts the sample as the README says (npm run sample), in a folder of its own for what it keeps, types the
# lines that it prints, ends it with Ctrl-C, and looks whether anything is left.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

temp=$(mktemp -d)
sample='' processes='' others=''
finish() {
  local pid
  for pid in ${processes:-$(family "$sample")} $others; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$temp"
  [ -z "${PROVIDER_PORT-}" ] || rm -f "sample-app/data/provider-$PROVIDER_PORT.json"
}
trap finish EXIT

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  cat "$temp"/printed "$temp"/walked >&2 2>/dev/null
  exit 1
}

# A process and everything below it.
family() {
  [ -z "$1" ] || ps -A -o pid=,ppid= | awk -v root="$1" '
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

free_ports() {
  node -e "
    const { createServer } = require('node:net');
    const servers = Array.from({ length: $1 }, () => createServer().listen(0, '127.0.0.1'));
    setImmediate(() => {
      console.log(...servers.map((server) => server.address().port));
      servers.forEach((server) => server.close());
    });
  "
}

# Nothing of the caller's own sample has a say here.
unset "${!OIDC_@}" "${!BROKER@}" BASE_URL COPY_PORT
export XDG_DATA_HOME="$temp/data"

start_sample() {
  : >"$temp/printed"
  set -m # a process group for it, as a terminal gives it one, so that Ctrl-C reaches all of it
  npm run sample >"$temp/printed" 2>&1 </dev/null &
  sample=$!
  set +m
  wait_for 'the sample' 600 is_ready
  grep -q '^Ready: ' "$temp/printed" || fail 'it ended by itself'
  processes=$(family "$sample")
  [ "$(wc -l <<<"$processes")" -ge 4 ] || fail "found no application and provider among: $processes"
}

end_sample() {
  local process port
  kill -INT -- "-$sample"
  for process in $processes; do wait_for "the end of process $process" 50 is_gone "$process"; done
  for port in "$PORT" "$PROVIDER_PORT" ${COPY_PORT-}; do is_free "$port" || fail "port $port is still in use"; done
  processes='' sample=''
}

# What is to be typed under a heading, which is known by how it begins: it is indented.
section() {
  local lines
  lines=$(awk -v heading="$1" '/^(Log in|Use|Look|Refresh|End|Log out|Sessions)/ { current = index($0, heading) == 1 }
    current && sub(/^  /, "")' "$temp/printed" | grep -v '^http')
  [ -n "$lines" ] || fail "printed nothing under: $1"
  printf '%s\n' "$lines"
}

# Types what it reads, in a shell of its own; what was answered is in $temp/walked.
walk() {
  cat >"$temp/lines"
  (cd "$temp" && bash -euo pipefail lines) >"$temp/walked" 2>&1 || fail 'a printed line failed'
}

expect_statuses() {
  local statuses
  statuses=$(sed -n 's/^HTTP\/1.1 \([0-9]*\).*/\1/p' "$temp/walked" | xargs)
  [ "$statuses" = "$1" ] || fail "answered $statuses in the place of $1"
}

expect_line() {
  grep -Eq "$1" "$temp/walked" || fail "nothing answered was like: $1"
}
