import type { RefreshSettings } from '../broker.settings.js';
import type { IdentityProvider } from '../identity-provider.js';
import type { Endings } from '../endings.js';
import type { Sessions } from '../sessions.js';
import type { StoreAccess } from '../store-access.js';
import type { Timing } from '../timing.js';

/** What a refresh works with. */
export interface RefreshParts {
  access: StoreAccess;
  sessions: Sessions;
  endings: Endings;
  provider: IdentityProvider;
  timing: Timing;
  settings: RefreshSettings;
  /** Ends whatever repeats until it succeeds, once the application is going down. */
  closing: AbortSignal;
}
