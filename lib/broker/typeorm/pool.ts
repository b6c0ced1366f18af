import { Deadline } from './deadline.js';

/** A pool of connections, as a statement needs it. */
export interface Pool<Connection> {
  obtain(): Promise<Connection>;
  /** @param broken the connection is closed and not used again */
  giveBack(connection: Connection, broken: boolean): void;
  /** Whether a connection can be used further after this error: it is the database's answer, and no loss. */
  survives(error: unknown): boolean;
}

/**
 * Uses a connection, within a limit: nothing hangs for ever, even where the application's own pool would.
 *
 * @param limit in milliseconds
 * @throws {@link DeadlinePassed}
 */
export async function withConnection<Connection, T>(
  pool: Pool<Connection>,
  limit: number,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(limit);
  try {
    const connection = await deadline.wait(pool.obtain(), (late) => {
      pool.giveBack(late, false);
    });
    let broken = false;
    try {
      return await deadline.wait(use(connection));
    } catch (error) {
      broken = !pool.survives(error);
      throw error;
    } finally {
      pool.giveBack(connection, broken);
    }
  } finally {
    deadline.lift();
  }
}
