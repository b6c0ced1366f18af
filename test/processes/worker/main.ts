// One process of an application in broker mode. The test that forked it tells it what to do.
import { bootApp, type BootedApp } from './app.js';
import { Faults } from './faults.js';
import type { Answer, Commands, Request } from './protocol.js';

const faults = new Faults();
let booted: BootedApp | undefined;
let ahead = 0;

const commands: Commands = {
  async start(config) {
    booted = await bootApp(config, faults, () => Date.now() + ahead);
  },
  async arm(fault) {
    faults.arm(fault);
  },
  async advance(milliseconds) {
    ahead += milliseconds;
  },
  async pragma(source) {
    booted?.store.pragma(source);
  },
  async close() {
    await booted?.app.close();
  },
};

async function obey({ id, command, parameters }: Request): Promise<Answer> {
  try {
    await (commands[command] as (...all: unknown[]) => Promise<void>)(...parameters);
    return { id };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', (request: Request) => {
  void obey(request).then((answer) => process.send?.(answer));
});

// the test has gone, and with it whoever would end this process
process.on('disconnect', () => process.exit());
