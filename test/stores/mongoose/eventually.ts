/** What the attempt gives as soon as it succeeds; each failing attempt takes its own time. */
export async function eventually<T>(attempt: () => Promise<T>, limit = 15_000): Promise<T> {
  const until = performance.now() + limit;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}
