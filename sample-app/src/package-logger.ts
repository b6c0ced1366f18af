import { isatty } from 'node:tty';
import { ConsoleLogger } from '@nestjs/common';

/** Errors and warnings of everybody, and what the package tells: where sessions are kept, and why one has ended. */
export class PackageLogger extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['log', 'warn', 'error'], colors: isatty(1) });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) === 'OidcAuth') super.log(message, ...rest);
  }

  /** Why the application does not start is told once, by whoever started it. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }
}
