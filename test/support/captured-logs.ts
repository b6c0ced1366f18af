import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

export interface LogLine {
  readonly level: 'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal';
  /** Everything that was handed to the logger, objects in full depth. */
  readonly text: string;
}

/** A Nest logger at the most verbose level that keeps every line, so that tests can search them. */
export class CapturedLogs implements LoggerService {
  readonly lines: LogLine[] = [];

  /** All lines, or those of one level, as one text. */
  text(level?: LogLine['level']): string {
    return this.lines
      .filter((line) => level === undefined || line.level === level)
      .map((line) => line.text)
      .join('\n');
  }

  log = this.keep('log');
  error = this.keep('error');
  warn = this.keep('warn');
  debug = this.keep('debug');
  verbose = this.keep('verbose');
  fatal = this.keep('fatal');

  private keep(level: LogLine['level']) {
    return (...parts: unknown[]): void => {
      const text = parts.map((part) => (typeof part === 'string' ? part : inspect(part, inEveryDepth))).join(' ');
      this.lines.push({ level, text });
    };
  }
}

const inEveryDepth = { depth: Infinity, maxArrayLength: null, maxStringLength: null, showHidden: true } as const;
