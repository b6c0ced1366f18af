#!/usr/bin/env bash
# Two copies of the sample on one PostgreSQL behave as one. Runs the lines that the sample prints for them, and some more.
source "$(dirname "${BASH_SOURCE[0]}")/walk/sample.sh"

read -r PORT PROVIDER_PORT COPY_PORT < <(free_ports 3)
export PORT PROVIDER_PORT COPY_PORT
here="http://127.0.0.1:$PORT" there="http://127.0.0.1:$COPY_PORT"

has_url() { grep -q '^postgres://' "$temp/postgres" || ! kill -0 "$postgres" 2>/dev/null; }
node scripts/postgres.mjs >"$temp/postgres" 2>&1 </dev/null &
postgres=$!
others=$postgres
wait_for 'PostgreSQL' 600 has_url
BROKER_STORE=$(grep '^postgres://' "$temp/postgres") || fail "$(cat "$temp/postgres")"
BROKER_ENCRYPTION_KEY=$(node -p 'require("node:crypto").randomBytes(32).toString("base64")')
export BROKER_STORE BROKER_ENCRYPTION_KEY

start_sample
{
  section 'Log in from a shell'
  section 'Use the token'
  section 'Look at the token'
  section 'Refresh twice'
  section 'End the session'
  printf 'echo "$token" >token\n'
} | walk
# The last but one is an answer of the copy, which may know a while later that the session has ended.
expect_statuses '200 200 401 200 200 200 200 200 401 400'
expect_line '^ *2 "refresh_token"'
is_refused() {
  curl -s -o "$temp/walked" -w '%{http_code}' -H "Authorization: Bearer $(cat "$temp/token")" "$there/me" | grep -q 401
}
wait_for 'the other copy to refuse the token' 200 is_refused

# A log-in that begins at the copy ends at the first one; its refresh tokens work at both in turn.
refresh() { printf 'answer=$(curl -sf -d refresh_token="$(field refresh_token "$answer")" %s/auth/v2/token)\n' "$1"; }
{
  section 'Log in from a shell' | grep '^field'
  section 'Log in from a script' | sed "s#$here/auth/v2/login#$there/auth/v2/login#"
  for _ in 1 2; do refresh "$there" && refresh "$here"; done
  printf 'curl -i -H "Authorization: Bearer $(field access_token "$answer")" %s/me\n' "$here" "$there"
} | walk
expect_statuses '200 200'

end_sample
kill -INT "$postgres"
wait_for 'the end of PostgreSQL' 50 is_gone "$postgres"
others=''
echo 'two copies: one session at both, one successor for both, and an end for both; ended without a trace'
