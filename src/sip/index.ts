/** SIP: messages (RFC 3261 7), transports (18), transactions (17), proxy core (16), dialogs (12), digest (22). */

export * from './auth/index.js';
export {
  checkRemoteSequence,
  confirmDialog,
  type Dialog,
  dialogFromRequest,
  dialogFromResponse,
  dialogKey,
  type InDialogParts,
  inDialogRequest,
  keyOfDialog,
  updateTarget,
} from './dialog/dialog.js';
export {
  ReliableProvisionals,
  type ReliableProvisionalsOptions,
  rackFor,
  reliableOrder,
} from './dialog/reliable-provisionals.js';
export { Retransmitter, type RetransmitterOptions } from './dialog/retransmitter.js';
export { SipEndpoint, type SipEndpointOptions } from './endpoint.js';
export * from './message/index.js';
export type { AdmissionRules, ProxyRefusal } from './proxy/admission.js';
export type { ForwardHandler, ForwardInfo, Forwarding, ForwardTarget } from './proxy/forwarding.js';
export { ProxyCore, type ProxyCoreOptions } from './proxy/proxy-core.js';
export type { PreprocessedRequest } from './proxy/route-preprocessing.js';
export type { ClientOptions, ClientTransaction, ClientUser } from './transaction/client-transaction.js';
export type { ReplyParts, ServerRequest } from './transaction/incoming-request.js';
export { coreTimers, lifetimeMs, type SipTimers, ueTimers } from './transaction/timers.js';
export {
  type Destination,
  defaultPortOf,
  isNumericHost,
  type ListenPoint,
  type Resolver,
  type SipProtocol,
  type Source,
} from './transport/destination.js';
export type { TlsSettings } from './transport/stream-transport.js';
export type { StartFailure } from './transport/transport-user.js';
