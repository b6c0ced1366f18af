import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const eslint = new ESLint({ overrideConfig: [tseslint.configs.disableTypeChecked] });

/** The rules that object to this text in the place of that file. */
async function objections(filePath: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath });
  const rules = result?.messages.map(({ ruleId, message }) => ruleId ?? message) ?? [];
  return rules.filter((rule) => !rule.endsWith('no-unused-vars'));
}

/** A file of that room, which an import has to find on the disk. */
function aFileIn(room: string): string {
  const file = readdirSync(`lib/${room}`, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.ts'));
  return `${room}/${file ?? ''}`.replace(/\.ts$/, '.js');
}

describe('the arrows between rooms', () => {
  beforeAll(() => objections('lib/tokens/warm-up.ts', ''), 60_000);

  it.each([
    ['tokens', 'errors'],
    ['errors', 'tokens'],
    ['provider', 'broker'],
    ['outbound', 'provider'],
    ['provider', 'http'],
    ['provider', 'settings'],
    ['controllers', 'settings'],
    ['broker', 'provider'],
    ['broker', 'http'],
    ['http', 'tokens'],
    ['guards', 'decorators'],
    ['guards', 'controllers'],
    ['decorators', 'controllers'],
    ['guards', 'testing'],
  ])('%s/ may not know %s/', async (room, other) => {
    const text = `export * from '../${aFileIn(other)}';\n`;
    expect(await objections(`lib/${room}/new.ts`, text)).toEqual(['import-x/no-restricted-paths']);
  });

  it.each([
    ['provider', 'errors'],
    ['provider', 'tokens'],
    ['broker', 'tokens'],
    ['http', 'errors'],
    ['guards', 'tokens'],
    ['controllers', 'guards'],
    ['settings', 'controllers'],
  ])('%s/ may know %s/', async (room, other) => {
    expect(await objections(`lib/${room}/new.ts`, `export * from '../${aFileIn(other)}';\n`)).toEqual([]);
  });

  it('counts a type-only import', async () => {
    const text = `import type { A } from '../${aFileIn('errors')}';\n`;
    expect(await objections('lib/tokens/new.ts', text)).toEqual(['import-x/no-restricted-paths']);
  });

  it('counts an import inside a type', async () => {
    const text = `export type A = import('../${aFileIn('errors')}').A;\n`;
    expect(await objections('lib/tokens/new.ts', text)).toEqual(['@typescript-eslint/consistent-type-imports']);
  });

  it('keeps the module to index.ts and testing/', async () => {
    const text = "export * from '../oidc-auth.module.js';\n";
    expect(await objections('lib/guards/new.ts', text)).toEqual(['import-x/no-restricted-paths']);
    expect(await objections('lib/new.ts', text.replace('..', '.'))).toEqual(['import-x/no-restricted-paths']);
    expect(await objections('lib/testing/new.ts', text)).toEqual([]);
    expect(await objections('lib/index.ts', text.replace('..', '.'))).toEqual([]);
  });

  it('lets the options name types of any room, and load none', async () => {
    const file = aFileIn('controllers');
    const named = `import type { A } from './${file}';\nexport type B = A;\n`;
    expect(await objections('lib/oidc-auth.options.ts', named)).toEqual([]);
    expect(
      await objections('lib/oidc-auth.options.ts', `import { a } from './${file}';\nexport const b = a;\n`),
    ).toEqual(['no-restricted-syntax']);
  });

  it.each([
    ['typeorm', 'broker/typeorm'],
    ['@nestjs/typeorm', 'broker/typeorm'],
    ['mongoose', 'broker/mongoose'],
    ['@nestjs/mongoose', 'broker/mongoose'],
    ['express', 'http'],
    ['fastify', 'http'],
    ['@nestjs/platform-express', 'http'],
    ['@nestjs/platform-fastify', 'http'],
  ])('keeps %s to %s/', async (name, room) => {
    const type = `import type { A } from '${name}';\nexport type B = A;\n`;
    expect(await objections(`lib/${room}/new.ts`, type)).toEqual([]);
    expect(await objections('lib/broker/memory/new.ts', type)).toEqual(['no-restricted-imports']);
    expect(await objections('lib/guards/new.ts', type)).toEqual(['no-restricted-imports']);
    expect(await objections('lib/new.ts', `export const load = () => import('${name}');\n`)).toEqual([
      'no-restricted-syntax',
    ]);
  });

  it('refuses an import cycle', async () => {
    const file = 'lib/errors/oidc-auth.error.ts';
    expect(await objections(file, "export * from './index.js';\n")).toEqual(['import-x/no-cycle']);
  });

  it.each([
    ['import.meta', 'export const here = import.meta.url;\n', 'no-restricted-syntax'],
    ['top-level await', 'await Promise.resolve();\n', 'no-restricted-syntax'],
    ['a top-level for await', 'for await (const _ of []) break;\n', 'no-restricted-syntax'],
    ['the console', "console.log('');\n", 'no-console'],
  ])('refuses %s in lib/', async (_, text, rule) => {
    expect(await objections('lib/guards/new.ts', text)).toEqual([rule]);
  });

  it('leaves await inside functions alone', async () => {
    expect(
      await objections('lib/guards/new.ts', 'export const f = async () => { await Promise.resolve(); };\n'),
    ).toEqual([]);
  });
});
