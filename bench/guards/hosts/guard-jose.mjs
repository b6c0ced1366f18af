import { UnauthorizedException } from '@nestjs/common';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { behind } from './user.mjs';

/** A guard as one writes it by hand. */
export function guarded({ issuer, audience, jwksUri, algorithms }) {
  const keys = createRemoteJWKSet(new URL(jwksUri));
  const rules = { issuer, audience, algorithms };
  class JoseGuard {
    async canActivate(context) {
      const request = context.switchToHttp().getRequest();
      const [scheme, token] = (request.headers.authorization ?? '').split(' ');
      if (scheme !== 'Bearer' || !token) throw new UnauthorizedException();
      try {
        request.user = (await jwtVerify(token, keys, rules)).payload;
      } catch {
        throw new UnauthorizedException();
      }
      return true;
    }
  }
  return { imports: [], decorate: behind(JoseGuard) };
}
