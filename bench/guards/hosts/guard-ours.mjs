import { OidcAuthModule, Required } from 'nestjs-oidc-auth';

/** This package, as it comes. */
export function guarded({ issuer, audience }) {
  return {
    imports: [OidcAuthModule.forRoot({ clientId: 'bench', discoveryUrl: issuer, audience })],
    decorate: (controller, method) => Required()(controller.prototype, method, 0),
  };
}
