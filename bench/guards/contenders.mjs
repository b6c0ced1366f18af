// Who takes part. Each guarded host is compared with the unguarded one of the same framework.

const all = ['RS256', 'ES256', 'EdDSA'];

/** Guards of NestJS 12 that run on both platforms. */
const guards = [
  { guard: 'none', label: 'unprotected', algorithms: all },
  { guard: 'empty', label: 'an empty guard', algorithms: all },
  { guard: 'ours', label: 'nestjs-oidc-auth', algorithms: all, goals: true },
  { guard: 'jose', label: 'jose `jwtVerify`, remote key set', algorithms: all },
  // jsonwebtoken, on which passport-jwt rests, knows no EdDSA
  { guard: 'passport', label: '@nestjs/passport, passport-jwt, jwks-rsa', algorithms: ['RS256', 'ES256'] },
];

/** Of an unprotected route, on Express and Fastify, by traffic. */
const GOALS = {
  express: { one: 0.97, new: 0.75 },
  fastify: { one: 0.85, new: 0.42 },
};

const onNest12 = ['express', 'fastify'].flatMap((platform) =>
  guards.map(({ guard, goals, ...contender }) => ({
    ...contender,
    name: `${platform}/${guard}`,
    base: `${platform}/none`,
    platform: `NestJS 12, ${platform === 'express' ? 'Express' : 'Fastify'}`,
    nest: 12,
    host: { module: 'nest', platform, guard },
    goals: goals ? GOALS[platform] : {},
  })),
);

const onHostsOfTheirOwn = [
  { module: 'plain-express', nest: 12, platform: 'Express', peer: 'express-oauth2-jwt-bearer', algorithms: all },
  // keycloak-connect verifies RSA with SHA-256 and nothing else
  { module: 'nest-10', nest: 10, platform: 'NestJS 10, Express', peer: 'nest-keycloak-connect', algorithms: ['RS256'] },
].flatMap(({ module, nest, platform, peer, algorithms }) =>
  ['none', peer].map((guard) => ({
    name: `${module}/${guard}`,
    label: guard === 'none' ? 'unprotected' : guard,
    base: `${module}/none`,
    platform,
    nest,
    algorithms,
    host: { module, guard },
    goals: {},
  })),
);

/** In the order in which they are told: the unprotected host of each framework before those that are compared with it. */
export const contenders = [...onNest12, ...onHostsOfTheirOwn];

export const isGuarded = ({ host }) => !['none', 'empty'].includes(host.guard);
