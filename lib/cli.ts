#!/usr/bin/env node
// npx nestjs-oidc-auth generate-key
import { randomBytes } from 'node:crypto';

const USAGE = `Usage: nestjs-oidc-auth generate-key

  generate-key   prints a new encryption key for the option broker.encryptionKey: 32 random bytes as base64
`;

const [command, ...rest] = process.argv.slice(2);

if (command === 'generate-key' && rest.length === 0) {
  process.stdout.write(`${randomBytes(32).toString('base64')}\n`);
} else if (command === '--help' || command === '-h') {
  process.stdout.write(USAGE);
} else {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}
