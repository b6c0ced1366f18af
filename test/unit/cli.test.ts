import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const source = fileURLToPath(new URL('../../lib/cli.ts', import.meta.url));
let folder: TemporaryFolder;
let compiled: string;

beforeAll(async () => {
  const { code } = await transform(await readFile(source, 'utf8'), {
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  folder = await temporaryFolder();
  compiled = join(folder.path, 'cli.mjs');
  await writeFile(compiled, code);
});

afterAll(() => folder.remove());

function run(...given: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiled, ...given], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('generate-key', () => {
  test('prints 32 random bytes as base64, on a line of its own', () => {
    const { status, stdout, stderr } = run('generate-key');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
    expect(Buffer.from(stdout, 'base64')).toHaveLength(32);
  });

  test('prints another key each time', () => {
    expect(run('generate-key').stdout).not.toBe(run('generate-key').stdout);
  });
});

describe('usage', () => {
  test.each([
    ['nothing', []],
    ['an unknown command', ['generate']],
    ['an argument too many', ['generate-key', '64']],
    ['an unknown option', ['--version']],
  ])('%s is answered with the usage on stderr, and with 2', (_, given) => {
    const { status, stdout, stderr } = run(...given);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: nestjs-oidc-auth generate-key/);
  });

  test.each(['--help', '-h'])('%s prints it', (option) => {
    const { status, stdout, stderr } = run(option);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: nestjs-oidc-auth generate-key/);
  });
});
