import Database from 'better-sqlite3';

/** Takes the write lock of a SQLite file, says so, and holds it until it is told anything. */
const database = new Database(process.argv[2] ?? '');

database.exec('begin immediate');
process.once('message', () => {
  database.exec('commit');
  process.exit();
});
process.on('disconnect', () => process.exit());
process.send?.('locked');
