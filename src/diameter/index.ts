/** Diameter: dictionaries, codec, peers, and the Cx and Sh applications. */
export { CxClient, CxServer, cx } from './applications/cx.js';
export type * from './applications/cx-messages.js';
export { ShClient, ShServer, sh } from './applications/sh.js';
export type * from './applications/sh-messages.js';
export type * from './applications/stateless-messages.js';
export { cxFeature, cxFeatureBits, cxFeatures } from './applications/supported-features.js';
export { type Command, type CompiledApplication, compileApplication } from './codec/compiled-application.js';
export { type Answer, Codec, DecodeError, Message, type Request } from './codec/decode.js';
export { type DissectedAvp, type DissectedMessage, dissect } from './codec/dissect.js';
export { encodeAnswer, encodeRequest } from './codec/encode.js';
export type { Failure } from './codec/error-answer.js';
export { StreamFramer } from './codec/stream-framer.js';
export { summariseDiameter } from './codec/summary.js';
export type { Application, AvpDefinition, CommandDefinition, Grammar, RawAvp } from './dictionaries/application.js';
export { baseDictionary } from './dictionaries/base.dictionary.js';
export { cxDictionary, vendor3gpp } from './dictionaries/cx.dictionary.js';
export { relayDictionary } from './dictionaries/relay.dictionary.js';
export { experimentalResultCodes, resultCodes } from './dictionaries/result-codes.js';
export { shDictionary } from './dictionaries/sh.dictionary.js';
export { spokenApplications, spokenAvps } from './dictionaries/spoken.js';
export type { AgentOptions, RoutingDecision } from './peer/agent.js';
export { type DiameterUri, formatDiameterUri, parseDiameterUri } from './peer/diameter-uri.js';
export {
  DiameterEndpoint,
  type DiameterEndpointOptions,
  type ListenHandlers,
  type PeerConfig,
} from './peer/endpoint.js';
export { base, type DiameterIdentity, type DiameterTimers, defaultTimers, sameHost } from './peer/local-node.js';
export type { PeerState } from './peer/peer.js';
export type { Destination } from './peer/peer-table.js';
export { ownRequestsMax } from './peer/pending-requests.js';
export { type RealmRoute, serversOf } from './peer/realm-table.js';
export type { RequestHandler, Responder } from './peer/request-receiver.js';
export type { AnswerHandler, RequestFailure } from './peer/request-sender.js';
export type { RoutingAvps } from './peer/routing-avps.js';
