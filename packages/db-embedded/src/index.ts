export {
  EmbeddedServerError,
  ServerAccountError,
  ServerNotFoundError,
  ServerSpaceError,
  ServerStartError,
} from './errors.ts';
export {
  type ThrowawayServer,
  type ThrowawayServerOptions,
  withThrowawayServer,
} from './with-throwaway-server.ts';
