/** A statement of the store: the same text each time, so that drivers can keep it prepared. */
export interface Statement {
  /** Names this text, and no other. */
  readonly name: string;
  readonly text: string;
  /** Whether what it writes has to survive a power failure. */
  readonly lasting: boolean;
}

export type Value = string | number | readonly string[];
export type Row = Readonly<Record<string, unknown>>;

/** Several statements in turn: yields each, and is given its rows. A database that works synchronously can play it, too. */
export type Script = Generator<string, void, Row[]>;

/** The way to the database, beneath TypeORM: kept statements, counted hits, and no log of what is stored. */
export interface Sql {
  /** Runs one statement, by itself. @returns how many rows it hit */
  hits(statement: Statement, values: readonly Value[]): Promise<number>;

  rows(statement: Statement, values: readonly Value[]): Promise<Row[]>;

  /** Plays a script while no other process plays one; as a whole or not at all, where definitions can be rolled back. */
  play(script: () => Script): Promise<void>;
}

/** In milliseconds. */
export interface SqlLimits {
  /** How long a statement may take, waiting for a connection included. */
  statement: number;
  /** How long a script may take, waiting for others who play one included. */
  script: number;
}
