// Which room of lib/ may know which. A type-only import counts: whoever names a type knows its room.

/** Rooms that know nothing of lib/ but themselves and these. */
const rooms = {
  errors: [],
  tokens: [],
  outbound: ['errors'],
  provider: ['outbound', 'tokens', 'errors'],
  broker: ['outbound', 'tokens', 'errors'],
  http: ['errors'],
};

/** What Nest sees, and on top what reads the options; lowest first. They may read the files at the root of lib/ besides. */
const front = ['guards', 'decorators', 'controllers', 'settings'];

/** Broker adapters: loaded by applications that ask for them, and by nobody else. */
const adapters = ['typeorm', 'mongoose'];

/** Packages that one room alone may import, so that an application without them installs and boots. */
const fences = [
  { room: 'lib/broker/typeorm', packages: ['typeorm', '@nestjs/typeorm'] },
  { room: 'lib/broker/mongoose', packages: ['mongoose', '@nestjs/mongoose'] },
  { room: 'lib/http', packages: ['express', 'fastify', '@nestjs/platform-express', '@nestjs/platform-fastify'] },
];

/** Zones of `import-x/no-restricted-paths`. */
const zones = [
  ...Object.entries(rooms).map(([room, known]) => ({
    target: `lib/${room}`,
    from: 'lib',
    except: [room, ...known],
    message: `${room}/ knows ${known.join('/ and ') || 'no other room'}.`,
  })),
  ...front.slice(0, -1).map((room, index) => ({
    target: `lib/${room}`,
    from: front.slice(index + 1).map((above) => `lib/${above}`),
    message: `${room}/ is below.`,
  })),
  {
    target: ['lib/!(testing)/**', 'lib/!(index).ts'],
    from: ['lib/index.ts', 'lib/oidc-auth.module.ts', 'lib/testing'],
    message: 'Only index.ts and testing/ are above the module.',
  },
  ...adapters.map((adapter) => ({
    target: ['lib/!(broker)/**', `lib/broker/!(${adapter})/**`, 'lib/broker/*.ts'],
    from: `lib/broker/${adapter}`,
    message: `Applications without ${adapter} have to boot.`,
  })),
];

const inEveryRoom = [
  {
    selector: "MetaProperty[meta.name='import']",
    message: 'CommonJS applications that Jest or a bundler transforms have no import.meta.',
  },
  ...['AwaitExpression', 'ForOfStatement[await=true]'].map((node) => ({
    selector: `${node}:not(:function *)`,
    message: 'CommonJS applications cannot require() a module with top-level await.',
  })),
];

/** The rules for files of lib/ that are in the given fenced room, or in none. */
function fencedOff(files, room) {
  const foreign = fences
    .filter((fence) => fence.room !== room)
    .map((fence) => ({ regex: `^(${fence.packages.join('|')})(/|$)`, message: `Belongs to ${fence.room}/.` }));
  return {
    files,
    rules: {
      'no-restricted-imports': ['error', { patterns: foreign }],
      'no-restricted-syntax': [
        'error',
        ...inEveryRoom,
        ...foreign.map(({ regex, message }) => ({
          selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\u002F')}/]`,
          message,
        })),
      ],
    },
  };
}

/** Flat configuration for lib/; needs the plugin import-x. */
export default [
  {
    files: ['lib/**/*.ts'],
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones, basePath: import.meta.dirname }],
      'no-console': 'error',
    },
  },
  fencedOff(['lib/**/*.ts']),
  ...fences.map(({ room }) => fencedOff([`${room}/**/*.ts`], room)),
  {
    // The module may load an adapter, at the moment when it is asked for.
    files: ['lib/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: adapters.map((adapter) => ({ group: [`./broker/${adapter}/*`], message: 'Only by import().' })) },
      ],
    },
  },
  {
    files: ['lib/oidc-auth.options.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "ImportDeclaration[importKind='value']", message: 'It names types of every room and loads none.' },
      ],
    },
  },
];
