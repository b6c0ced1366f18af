#!/usr/bin/env bash
# Runs every line that the sample prints, ends it, and starts it again: who was logged in still is.
source "$(dirname "${BASH_SOURCE[0]}")/walk/sample.sh"

read -r PORT PROVIDER_PORT < <(free_ports 2)
export PORT PROVIDER_PORT
device='Log in from a shell' code='Log in from a script' successor='^ *2 "refresh_token"'

# Every shell needs it that reads answers.
field() { section "$device" | grep '^field'; }

start_sample

# Ada comes in by the device flow, bob by the code flow; bob has neither the scope of the reports nor the group of the admins.
{
  section "$device"
  section 'Use the token'
  section 'Look at the token'
  section 'Refresh twice'
  section 'End the session'
} | walk
expect_statuses '200 200 401 200 200 200 200 401 400'
expect_line '"aud":"sample-api"'
expect_line '"revocation_endpoint"'
expect_line '"kty":"RSA"'
expect_line "$successor"

{
  field
  section "$code"
  section 'Use the token'
  section 'Refresh twice'
  section 'Log out at the provider'
} | walk
expect_statuses '200 200 401 200 403 403 200 401'
expect_line "$successor"

{
  section "$device"
  printf 'echo "$answer" >ada\n'
} | walk
end_sample
start_sample
{
  field
  printf 'answer=$(cat ada); token=$(field access_token "$answer")\n'
  section 'Use the token'
  section 'Refresh twice'
} | walk
expect_statuses '200 200 401 200 200 200 200'
expect_line "$successor"
end_sample

BROKER=off start_sample
{
  section "$device"
  section 'Use the token'
  section "$code"
  section 'Use the token'
} | walk
expect_statuses '200 200 401 200 200 200 200 200 200 401 200 403 403 200'
end_sample

echo 'sample: every line answered as it should, in broker mode, after a restart, and without it; ended without a trace'
