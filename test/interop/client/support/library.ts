import { fileURLToPath } from 'node:url';
import { jsonOf } from '../../../support/wire-client.js';
import { python, type Workstation } from './workstation.js';

const script = fileURLToPath(new URL('../../python/client.py', import.meta.url));

/** What a program asks of the client, under the client's own names. */
export interface Wish {
  /** Default: `authenticate`, which is the device flow and, on 503, the code flow. */
  readonly flow?: 'authenticate' | 'code' | 'device without browser' | 'device step by step';
  readonly host: string;
  readonly force?: boolean;
  /** How long it waits for the user, in seconds. */
  readonly timeout?: number;
  readonly redirect_ports?: readonly number[];
  readonly login_route?: string;
  readonly token_route?: string;
  readonly device_route?: string;
}

/** A token as the client gives it to programs. */
export interface ClientToken {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires: number;
  readonly refresh_token: string;
  readonly refresh_expires: number;
  readonly scope: string;
  readonly headers: { readonly Authorization: string };
}

export interface ClientError {
  readonly message: string;
  readonly status: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface LoginOutcome {
  readonly token?: ClientToken;
  readonly error?: ClientError;
  /** What it printed before. */
  readonly out: string;
  /** What the client told the user, and logged. */
  readonly err: string;
}

/** A program with the library in it logs in. */
export async function logInWith(
  workstation: Workstation,
  { flow = 'authenticate', ...wish }: Wish,
): Promise<LoginOutcome> {
  const { code, out, err } = await workstation.run(python(), [script, JSON.stringify({ flow, timeout: 60, ...wish })]);
  const lines = out.trimEnd().split('\n');
  const last = jsonOf(lines.at(-1) ?? '');
  if (code !== 0) throw new Error(`The client broke down:\n${out}${err}`);
  return { ...last, out: lines.slice(0, -1).join('\n'), err };
}

/** The token of a log-in that has to succeed. @throws with what the client told in its place */
export async function tokenFrom(workstation: Workstation, wish: Wish): Promise<ClientToken> {
  const { token, error, err } = await logInWith(workstation, wish);
  if (token) return token;
  throw new Error(`The client has no token: ${JSON.stringify(error)}\n${err}`, { cause: workstation.mishaps });
}

/** Waits for something that happens while a log-in is under way. @throws if the log-in has ended and it did not */
export function duringLogin<T>(login: Promise<LoginOutcome>, happening: Promise<T>): Promise<T> {
  const ended = login.then(({ error, err }): never => {
    throw new Error(`The log-in has ended before: ${JSON.stringify(error)}\n${err}`);
  });
  return Promise.race([happening, ended]);
}
