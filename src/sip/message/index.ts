/** SIP messages: RFC 3261 7, 19, 20, 25. Pure: octets in, values out. */
export { buildRequest, buildResponse, type Headers, type RequestParts, type ResponseParts } from './build.js';
export type { MessageEditor } from './edit.js';
export { HeaderSet } from './header-names.js';
export { canonicalIpv6, hostPort } from './ipv6.js';
export { defaultLimits, type Limits } from './limits.js';
export { type CSeq, SipMessage, SipRequest, SipResponse } from './message.js';
export { type BodyPart, bodyOfType, bodyParts } from './multipart.js';
export { type NameAddress, parseAddress } from './name-address.js';
export { type Parameters, splitList } from './parameters.js';
export { type ParseOptions, type ParseResult, parseMessage, parseOwn } from './parse.js';
export { SipParseError } from './parse-error.js';
export { reasonPhrase } from './reason-phrases.js';
export { type KeepAlive, StreamFramer, type StreamItem } from './stream-framer.js';
export { decodeUtf8, detached, encodeUtf8, quote, unquote } from './text.js';
export { formatUri, parseUri, type Uri, type UriParts } from './uri.js';
export { isSameUri, uriEquals } from './uri-equality.js';
export { parseVia, type Via } from './via.js';
