/** Wrong configuration: it stops the boot and names each problem with its remedy. */
export class ConfigurationError extends Error {
  readonly #problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`nestjs-oidc-auth cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
    this.#problems = problems;
  }

  /** One sentence for each. */
  get problems(): readonly string[] {
    return this.#problems;
  }
}
