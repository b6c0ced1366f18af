/** In a browser, by device flow, and, where the local provider's page is known, from a script. */
export function logInSections({ baseUrl, providerUrl }) {
  const logInUrl = `${baseUrl}/auth/v2/login?redirect_uri=${baseUrl}/auth/v2/callback`;
  return [
    `\nLog in with a browser\n\n  ${logInUrl}`,
    ...(providerUrl
      ? [
          'Users: ada (scope reports:read, groups admins and staff) and bob (group staff). The provider asks for no password.',
        ]
      : []),
    deviceSection(baseUrl, providerUrl),
    ...(providerUrl ? [scriptSection(logInUrl)] : []),
  ];
}

function deviceSection(baseUrl, providerUrl) {
  const approval = providerUrl
    ? `Approve it, in a browser (verification_uri_complete) or with curl:

  curl -s -d user=ada -d user_code="$(field user_code "$device")" ${providerUrl}/approve`
    : 'Open verification_uri_complete in a browser, or verification_uri and enter user_code, and log in.';
  return `Log in from a shell (RFC 8628, device flow)

  field() { node -pe 'JSON.parse(process.argv[2])[process.argv[1]]' "$1" "$2"; }
  device=$(curl -s -X POST ${baseUrl}/auth/v2/device); echo "$device"

${approval}

  answer=$(curl -s -d device_code="$(field device_code "$device")" ${baseUrl}/auth/v2/token)
  token=$(field access_token "$answer"); echo "$token"`;
}

function scriptSection(logInUrl) {
  return `Log in from a script through the provider's page (code flow)

  page=$(curl -sL -c jar -b jar -o /dev/null -w '%{url_effective}' '${logInUrl}&prompt=login')
  answer=$(curl -sL -c jar -b jar -d user=bob "$page")
  token=$(field access_token "$answer"); echo "$token"`;
}
