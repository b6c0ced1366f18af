import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What stands between a store and its database on 127.0.0.1, and fails as networks do. */
export class TcpProxy {
  readonly address: string;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #silent = false;
  #swallowed: (() => void) | undefined;

  private constructor(private readonly server: Server) {
    this.#port = (server.address() as AddressInfo).port;
    this.address = `127.0.0.1:${this.#port}`;
  }

  static async to(target: { host: string; port: number }): Promise<TcpProxy> {
    const server = createServer();
    await listen(server, 0);
    const proxy = new TcpProxy(server);
    server.on('connection', (socket) => proxy.#join(socket, connect(target.port, target.host)));
    return proxy;
  }

  /** Open connections break; new ones are accepted. */
  async cut(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Open connections break, new ones are refused. */
  async down(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    await this.cut();
    await closed;
  }

  async up(): Promise<void> {
    this.#silent = false;
    if (!this.server.listening) await listen(this.server, this.#port);
  }

  /** Connections stay open and are accepted, and nothing comes through them any more. */
  async hang(): Promise<void> {
    this.#silent = true;
  }

  /** Somebody has sent something that was lost. */
  async swallows(): Promise<void> {
    await new Promise<void>((resolve) => (this.#swallowed = resolve));
  }

  #join(client: Socket, upstream: Socket): void {
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => {
        if (this.#silent) this.#swallowed?.();
        else to.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
