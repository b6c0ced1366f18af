import { dirname, join } from 'node:path';
import { python, type Outcome, type Workstation } from './workstation.js';

/** The program `oidc-auth`, which comes with the client. */
export function commandLine(workstation: Workstation, ...args: string[]): Promise<Outcome> {
  return workstation.run(join(dirname(python()), 'oidc-auth'), args);
}
