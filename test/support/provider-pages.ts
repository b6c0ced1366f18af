import { escapeHtml } from './html-forms.js';

/** The pages on which the real provider's user logs in and allows things, for `browser.ts` to fill in. */
export function loginPage(loginHint: unknown): string {
  const hint = escapeHtml(typeof loginHint === 'string' ? loginHint : '');
  return page('Log in', `<form method="post"><input name="login" value="${hint}"></form>`);
}

export function consentPage(scope: unknown): string {
  return page(
    'Allow?',
    `<p>${escapeHtml(String(scope))}</p><form method="post"><input type="hidden" name="allow" value="yes"></form>`,
  );
}

export function page(title: string, content: string): string {
  return `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1>${content}</body></html>`;
}
