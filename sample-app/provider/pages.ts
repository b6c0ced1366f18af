import type { Configuration } from 'oidc-provider';
import { users } from './users.js';

/** A page that loads nothing from anywhere else. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title>
<style>body { font: 1.1em sans-serif; max-width: 30em; margin: 4em auto } button { font: inherit; padding: 0.4em 1em }</style></head>
<body><h1>${title}</h1>${body}</body>
</html>`;
}

/** The development log-in: one button for each user, no password. */
export const loginPage = page(
  'Local provider',
  `<p>Log in as</p><form method="post">${Object.entries(users)
    .map(([name, { claims }]) => `<button name="user" value="${name}">${name}</button> ${claims.groups.join(', ')}`)
    .join('<br><br>')}</form>`,
);

/** The pages that oidc-provider leaves to its operator. */
export const pages = {
  deviceFlow: {
    userCodeInputSource: (ctx, form, _out, error) => {
      const hint = error ? 'This code is not known, or was used before.' : 'Enter the code that the device shows.';
      ctx.body = page('Device', `<p>${hint}</p>${form}<button form="op.deviceInputForm">Continue</button>`);
    },
    userCodeConfirmSource: (ctx, form, _client, _device, userCode) => {
      ctx.body = page(
        'Device',
        `<p>Does the device show <code>${userCode}</code>?</p>${form}
         <button form="op.deviceConfirmForm">Yes</button>
         <button form="op.deviceConfirmForm" name="abort" value="yes">No</button>`,
      );
    },
    successSource: (ctx) => {
      ctx.body = page('Device', '<p>The device is logged in. You can close this page.</p>');
    },
  },
  rpInitiatedLogout: {
    logoutSource: (ctx, form) => {
      ctx.body = page('Log out', `${form}<button form="op.logoutForm" name="logout" value="yes">Log out</button>`);
    },
    postLogoutSuccessSource: (ctx) => {
      ctx.body = page('Log out', '<p>You are logged out.</p>');
    },
  },
} satisfies Configuration['features'];

/** Texts of errors come from the request: they go out as plain text. */
export const renderError: Configuration['renderError'] = (ctx, out) => {
  ctx.type = 'text/plain';
  ctx.body = `${out.error}: ${out.error_description ?? ''}\n`;
};
