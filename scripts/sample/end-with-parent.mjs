// Loaded into the processes that `npm run sample` starts: when that one is gone, however it ended, they end too.
process.once('disconnect', () => {
  setTimeout(() => process.exit(1), 2_000).unref();
  process.kill(process.pid, 'SIGTERM');
});
