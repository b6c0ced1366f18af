export type {
  BrokerOptions,
  BrokerStore,
  EndCondition,
  ExchangePolicy,
  ExchangeWish,
  NewSession,
  NextGeneration,
  PeerExchangeGrant,
  PeerExchangePolicy,
  PeerExchangeWish,
  SessionReading,
  SessionRow,
  SigningAlgorithm,
  StoredKey,
  TrustedIssuer,
} from './broker/index.js';
export { AuthController, OidcAuth, type EndpointName, type EndpointPaths } from './controllers/index.js';
export { CurrentToken, Optional, Public, Required, Requires, type OptionalTokenOptions } from './decorators/index.js';
export {
  AuthorizationRefusedError,
  ConfigurationError,
  DeviceFlowUnavailableError,
  GrantError,
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  MissingTokenError,
  OidcAuthError,
  PeerUnavailableError,
  ProviderFaultError,
  ProviderUnavailableError,
  SessionBusyError,
  StoreUnavailableError,
  type GrantErrorCode,
  type Reason,
} from './errors/index.js';
export {
  OidcAuthEvents,
  OidcGuard,
  type OidcAuthEventMap,
  type PeerFailedEvent,
  type PeerRecoveredEvent,
  type ProviderFailedEvent,
  type RowUnreadableEvent,
  type SessionEndedEvent,
  type StoreFailedEvent,
  type RefusedEvent,
  type RouteRequirements,
} from './guards/index.js';
export { Exchange } from './http/index.js';
export { oidcAuthToken, OidcAuthModule } from './oidc-auth.module.js';
export type {
  ClientAuthentication,
  OidcAuthOptions,
  OidcAuthOptionsFactory,
  OidcAuthShape,
} from './oidc-auth.options.js';
export type { DeviceAnswer, UserInfo } from './provider/index.js';
export {
  IDToken,
  type ClaimRequirements,
  type ClaimValue,
  type StandardClaims,
  type TokenAnswer,
  type TokenRequirements,
} from './tokens/index.js';
