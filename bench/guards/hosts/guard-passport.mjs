import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { Module } from '@nestjs/common';
import jwksRsa from 'jwks-rsa';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { behind } from './user.mjs';

/** As the documentation of jwks-rsa has it for passport-jwt. */
export function guarded({ issuer, audience, jwksUri, algorithms }) {
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKeyProvider: jwksRsa.passportJwtSecret({ jwksUri, cache: true, rateLimit: true }),
        issuer,
        audience,
        algorithms,
      });
    }
    validate(payload) {
      return payload;
    }
  }
  class PassportAuthModule {}
  Module({ imports: [PassportModule], providers: [JwtStrategy] })(PassportAuthModule);
  return { imports: [PassportAuthModule], decorate: behind(AuthGuard('jwt')) };
}
