/** Wrong configuration: it stops the boot and names each problem with its remedy. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`nestjs-oidc-auth cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}
