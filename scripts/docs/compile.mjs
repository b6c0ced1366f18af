import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { root } from '../run.mjs';

/** What a block without imports may use besides every public name of the package. */
const NEST = 'Body, Controller, Delete, Get, Injectable, Module, Param, Patch, Post, Put, Query, Req, Res, UseGuards';

const options = {
  ...ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root)
    .options,
  noUnusedLocals: false,
  noUnusedParameters: false,
  // The package's own name leads to what is published: what is internal is not there.
  paths: {},
};

/** Compiles the `ts` blocks, each as a module of its own, and gives the errors at their places in the documentation. */
export function compile(blocks) {
  const refused = blocks.map(refusal).filter(Boolean);
  const preamble = `import { ${NEST} } from '@nestjs/common'; import { ${publicNames()} } from 'nestjs-oidc-auth';`;
  const modules = new Map();
  for (const block of blocks.filter(({ info }) => info === 'ts'))
    modules.set(pathOf(block, modules), { block, text: textOf(block, preamble) });

  const program = ts.createProgram([...modules.keys()], options, hostWith(modules));
  const errors = [...modules].flatMap(([path, { block }]) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => ({
      file: block.file,
      line: source.getLineAndCharacterOfPosition(start).line + 1,
      message: ts.flattenDiagnosticMessageText(messageText, '\n  '),
    }));
  });
  return [...refused, ...errors];
}

function refusal({ file, line, info }) {
  if (info === '@example') return { file, line, message: 'an @example needs a ```ts block' };
  if (/^(ts|tsx|mts|cts|typescript)\b/i.test(info) && info !== 'ts') {
    return { file, line, message: `\`\`\`${info}: write \`\`\`ts alone, so that the block is compiled` };
  }
  return undefined;
}

/** `import { A, type B }` has to know which is which. */
function publicNames() {
  const entry = join(root, 'dist/index.d.ts');
  if (!existsSync(entry)) throw new Error('Build the package first: npm run build');
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
  return checker
    .getExportsOfModule(module)
    .map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return target.flags & ts.SymbolFlags.Value ? symbol.name : `type ${symbol.name}`;
    })
    .join(', ');
}

/**
 * Where the block pretends to be: in a folder for its page, under the name of its first line if that is a comment with
 * one (`// src/app.module.ts`), so that other blocks of the page can import it.
 */
function pathOf({ file, line, code }, taken) {
  const folder = join(root, '.docs', file);
  const named = /^\/\/ ([\w./-]+\.ts)$/.exec(code[0] ?? '')?.[1];
  const path = named && join(folder, named);
  return path && !taken.has(path) ? path : join(folder, dirname(named ?? ''), `line-${line}.ts`);
}

/** As many lines as there are above the block, so that errors carry the documentation's own line numbers. */
function textOf({ line, code }, preamble) {
  const own = code.some((text) => /^\s*import\b/.test(text));
  return `${'\n'.repeat(line - 1)}${own ? '' : preamble}\n${code.join('\n')}\nexport {};\n`;
}

function hostWith(modules) {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const folders = new Set([...modules.keys()].map((path) => dirname(path)));
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  host.readFile = (path) => modules.get(path)?.text ?? readFile(path);
  host.directoryExists = (path) => folders.has(path) || ts.sys.directoryExists(path);
  host.getSourceFile = (path, target, ...rest) =>
    modules.has(path)
      ? ts.createSourceFile(path, modules.get(path).text, target, true)
      : getSourceFile(path, target, ...rest);
  return host;
}
