/** What to try, as lines that can be copied into a shell. */
export function instructions(baseUrl, providerUrl) {
  const approval = providerUrl
    ? `Approve it, in a browser (verification_uri_complete) or with curl:

  curl -s -d user=ada -d user_code="$(field user_code "$device")" ${providerUrl}/approve`
    : 'Open verification_uri_complete in a browser, or verification_uri and enter user_code, and log in.';
  const users = providerUrl
    ? `Users: ada (scope reports:read, groups admins and staff) and bob (group staff). The provider asks for no password.
`
    : '';
  return `
Log in with a browser

  ${baseUrl}/auth/v2/login?redirect_uri=${baseUrl}/auth/v2/callback
${providerUrl ? `\n${users}` : ''}
Log in from a shell (RFC 8628, device flow)

  field() { node -pe 'JSON.parse(process.argv[2])[process.argv[1]]' "$1" "$2"; }
  device=$(curl -s -X POST ${baseUrl}/auth/v2/device); echo "$device"

${approval}

  answer=$(curl -s -d device_code="$(field device_code "$device")" ${baseUrl}/auth/v2/token)
  token=$(field access_token "$answer"); echo "$token"
${
  providerUrl
    ? `
Log in from a script through the provider's page (code flow)

  page=$(curl -sL -c jar -b jar -o /dev/null -w '%{url_effective}' '${baseUrl}/auth/v2/login?redirect_uri=${baseUrl}/auth/v2/callback')
  answer=$(curl -sL -c jar -b jar -d user=bob "$page")
  token=$(field access_token "$answer"); echo "$token"
`
    : ''
}
Use the token

  curl -i ${baseUrl}/public
  curl -i ${baseUrl}/hello
  curl -i ${baseUrl}/me
  curl -i -H "Authorization: Bearer $token" ${baseUrl}/me
  curl -i -H "Authorization: Bearer $token" ${baseUrl}/reports
  curl -i -H "Authorization: Bearer $token" ${baseUrl}/admin
  curl -i ${baseUrl}/auth/v2/auth-ports

Ctrl-C ends the sample.
Ready: ${baseUrl}`;
}
