/** What broker mode adds. With a second copy each line that changes something goes to the other one than the line before. */
export function brokerSections({ baseUrl, copyUrl, providerUrl }) {
  return [
    tokenSection(baseUrl),
    ...(copyUrl ? [copySection(copyUrl)] : []),
    refreshSection(baseUrl, copyUrl ?? baseUrl),
    endSection(baseUrl, copyUrl),
    ...(providerUrl ? [providerSection(baseUrl, providerUrl)] : []),
    `Sessions outlive this process: end it, start it again, and what was not logged out goes on.`,
  ];
}

function tokenSection(baseUrl) {
  return `Look at the token: it is the application's own, the provider's stay on the server

  node -p 'Buffer.from(process.argv[1].split(".")[1], "base64url").toString()' "$token"
  curl -s ${baseUrl}/auth/v2/.well-known/jwks.json
  curl -s ${baseUrl}/.well-known/oauth-authorization-server`;
}

function copySection(copyUrl) {
  return `Use the token at the other copy

  curl -i -H "Authorization: Bearer $token" ${copyUrl}/me`;
}

function refreshSection(baseUrl, otherUrl) {
  const where = baseUrl === otherUrl ? '' : 'one at each copy, ';
  return `Refresh twice at once: ${where}both get the same next refresh token

  curl -sZ -d refresh_token="$(field refresh_token "$answer")" ${baseUrl}/auth/v2/token ${otherUrl}/auth/v2/token | grep -o '"refresh_token":"[^"]*"' | sort | uniq -c`;
}

function endSection(baseUrl, copyUrl) {
  const there = copyUrl ? ', at the other copy within 30 seconds' : '';
  return `End the session: its tokens are refused at once${there}

  curl -s -X POST -H "Authorization: Bearer $token" ${baseUrl}/auth/v2/logout
  curl -i -H "Authorization: Bearer $token" ${baseUrl}/me
  curl -i -d refresh_token="$(field refresh_token "$answer")" ${copyUrl ?? baseUrl}/auth/v2/token`;
}

/** The back-channel: the provider tells the application. */
function providerSection(baseUrl, providerUrl) {
  const end = `${providerUrl}/session/end`;
  return `Log out at the provider after a code flow (in a browser: ${end}): the session ends here, too

  xsrf=$(curl -s -c jar -b jar ${end} | grep -o 'xsrf" value="[^"]*' | cut -d '"' -f 3)
  curl -sL -c jar -b jar -d xsrf="$xsrf" -d logout=yes ${end}/confirm
  curl -i -H "Authorization: Bearer $token" ${baseUrl}/me`;
}
