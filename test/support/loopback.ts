import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Server as SocketServer } from 'node:net';

/** An HTTP server on 127.0.0.1 that can go away and come back on its port. */
export class LoopbackServer {
  readonly port: number;
  readonly origin: string;

  private constructor(private readonly server: Server) {
    this.port = (server.address() as AddressInfo).port;
    this.origin = `http://127.0.0.1:${this.port}`;
  }

  static async start(listener: RequestListener): Promise<LoopbackServer> {
    const server = createServer(listener);
    letProcessEnd(server);
    await listen(server, 0);
    return new LoopbackServer(server);
  }

  /** Connections are refused, open ones are cut. */
  async down(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async up(): Promise<void> {
    if (!this.server.listening) await listen(this.server, this.port);
  }

  close(): Promise<void> {
    return this.down();
  }
}

/** A test that fails before it closes the server must not keep the run from ending. */
export function letProcessEnd(server: Server): void {
  server.unref().on('connection', (socket) => socket.unref());
}

/**
 * A port of 127.0.0.1 on which nothing listens. Outside the range from which the system picks ports for outgoing
 * connections, so that none of those takes it before the caller does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_768);
    const server = createSocketServer();
    try {
      await listen(server, port);
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

async function listen(server: SocketServer, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
