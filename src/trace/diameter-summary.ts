/**
 * What a trace shows of a Diameter message (RFC 6733 3, 4.1). Walks header and top-level AVPs itself and never fails,
 * because a trace must also show what the codec refuses.
 */

export interface DiameterSummary {
  /** `UAR`, `UAA 2001 DIAMETER_FIRST_REGISTRATION`. */
  readonly summary: string;
  readonly sessionId: string | undefined;
  readonly hopByHop: number;
  readonly endToEnd: number;
}

/** Command abbreviations less the closing R or A, by code. */
// biome-ignore format: a line a specification
const COMMANDS: Readonly<Record<number, string>> = {
  257: 'CE', 258: 'RA', 265: 'AA', 271: 'AC', 272: 'CC', 274: 'AS', 275: 'ST', 280: 'DW', 282: 'DP', // RFC 6733, 4006, 7155
  300: 'UA', 301: 'SA', 302: 'LI', 303: 'MA', 304: 'RT', 305: 'PP', // TS 29.229 6.1
  306: 'UD', 307: 'PU', 308: 'SN', 309: 'PN', // TS 29.329 6.1
  316: 'UL', 317: 'CL', 318: 'AI', 319: 'ID', 320: 'DS', 321: 'PU', 322: 'RS', 323: 'NO', // TS 29.272 7.2
};

/** Result-Code values: RFC 6733 7.1, RFC 8506 9. */
const RESULTS: Readonly<Record<number, string>> = {
  1001: 'MULTI_ROUND_AUTH',
  2001: 'SUCCESS',
  2002: 'LIMITED_SUCCESS',
  3001: 'COMMAND_UNSUPPORTED',
  3002: 'UNABLE_TO_DELIVER',
  3003: 'REALM_NOT_SERVED',
  3004: 'TOO_BUSY',
  3005: 'LOOP_DETECTED',
  3006: 'REDIRECT_INDICATION',
  3007: 'APPLICATION_UNSUPPORTED',
  3008: 'INVALID_HDR_BITS',
  3009: 'INVALID_AVP_BITS',
  3010: 'UNKNOWN_PEER',
  4001: 'AUTHENTICATION_REJECTED',
  4002: 'OUT_OF_SPACE',
  4003: 'ELECTION_LOST',
  4010: 'END_USER_SERVICE_DENIED',
  4011: 'CREDIT_CONTROL_NOT_APPLICABLE',
  4012: 'CREDIT_LIMIT_REACHED',
  5001: 'AVP_UNSUPPORTED',
  5002: 'UNKNOWN_SESSION_ID',
  5003: 'AUTHORIZATION_REJECTED',
  5004: 'INVALID_AVP_VALUE',
  5005: 'MISSING_AVP',
  5006: 'RESOURCES_EXCEEDED',
  5007: 'CONTRADICTING_AVPS',
  5008: 'AVP_NOT_ALLOWED',
  5009: 'AVP_OCCURS_TOO_MANY_TIMES',
  5010: 'NO_COMMON_APPLICATION',
  5011: 'UNSUPPORTED_VERSION',
  5012: 'UNABLE_TO_COMPLY',
  5013: 'INVALID_BIT_IN_HEADER',
  5014: 'INVALID_AVP_LENGTH',
  5015: 'INVALID_MESSAGE_LENGTH',
  5016: 'INVALID_AVP_BIT_COMBO',
  5017: 'NO_COMMON_SECURITY',
  5030: 'USER_UNKNOWN',
  5031: 'RATING_FAILED',
};

/** Experimental-Result-Code values of vendor 10415: TS 29.229 6.2, TS 29.329 6.2. */
const RESULTS_3GPP: Readonly<Record<number, string>> = {
  2001: 'FIRST_REGISTRATION',
  2002: 'SUBSEQUENT_REGISTRATION',
  2003: 'UNREGISTERED_SERVICE',
  2004: 'SUCCESS_SERVER_NAME_NOT_STORED',
  2005: 'SERVER_SELECTION',
  4100: 'USER_DATA_NOT_AVAILABLE',
  4101: 'PRIOR_UPDATE_IN_PROGRESS',
  5001: 'ERROR_USER_UNKNOWN',
  5002: 'ERROR_IDENTITIES_DONT_MATCH',
  5003: 'ERROR_IDENTITY_NOT_REGISTERED',
  5004: 'ERROR_ROAMING_NOT_ALLOWED',
  5005: 'ERROR_IDENTITY_ALREADY_REGISTERED',
  5006: 'ERROR_AUTH_SCHEME_NOT_SUPPORTED',
  5007: 'ERROR_IN_ASSIGNMENT_TYPE',
  5008: 'ERROR_TOO_MUCH_DATA',
  5009: 'ERROR_NOT_SUPPORTED_USER_DATA',
  5011: 'ERROR_FEATURE_UNSUPPORTED',
  5012: 'ERROR_SERVING_NODE_FEATURE_UNSUPPORTED',
  5100: 'ERROR_USER_DATA_NOT_RECOGNIZED',
  5101: 'ERROR_OPERATION_NOT_ALLOWED',
  5102: 'ERROR_USER_DATA_CANNOT_BE_READ',
  5103: 'ERROR_USER_DATA_CANNOT_BE_MODIFIED',
  5104: 'ERROR_USER_DATA_CANNOT_BE_NOTIFIED',
  5105: 'ERROR_TRANSPARENT_DATA_OUT_OF_SYNC',
};

const HEADER_LENGTH = 20;
const REQUEST = 0x80;
const SESSION_ID = 263;
const RESULT_CODE = 268;
const EXPERIMENTAL_RESULT = 297;
const EXPERIMENTAL_RESULT_CODE = 298;

/** `bytes`: one whole message with its 20-octet header. */
export function summariseDiameter(bytes: Buffer): DiameterSummary {
  const code = bytes.readUIntBE(5, 3);
  const isRequest = (bytes[4]! & REQUEST) !== 0;
  const stem = COMMANDS[code];
  const letter = isRequest ? 'R' : 'A';
  const command = stem === undefined ? `${code} ${isRequest ? 'request' : 'answer'}` : stem + letter;
  const session = findAvp(bytes, HEADER_LENGTH, bytes.length, SESSION_ID);
  return {
    summary: isRequest ? command : `${command} ${result(bytes)}`.trimEnd(),
    sessionId: session === undefined ? undefined : bytes.toString('utf8', session.start, session.end),
    hopByHop: bytes.readUInt32BE(12),
    endToEnd: bytes.readUInt32BE(16),
  };
}

/** `2001 DIAMETER_SUCCESS`; empty where the answer carries no result. */
function result(bytes: Buffer): string {
  const plain = findAvp(bytes, HEADER_LENGTH, bytes.length, RESULT_CODE);
  if (plain !== undefined) return named(bytes, plain, RESULTS);
  const group = findAvp(bytes, HEADER_LENGTH, bytes.length, EXPERIMENTAL_RESULT);
  const inner = group && findAvp(bytes, group.start, group.end, EXPERIMENTAL_RESULT_CODE);
  return inner === undefined ? '' : named(bytes, inner, RESULTS_3GPP);
}

function named(bytes: Buffer, avp: AvpSpan, names: Readonly<Record<number, string>>): string {
  if (avp.end - avp.start < 4) return '';
  const code = bytes.readUInt32BE(avp.start);
  const name = names[code];
  return name === undefined ? String(code) : `${code} DIAMETER_${name}`;
}

interface AvpSpan {
  readonly start: number;
  readonly end: number;
}

/** The data of the first AVP without a vendor that has this code, between two offsets. */
function findAvp(bytes: Buffer, from: number, to: number, wanted: number): AvpSpan | undefined {
  for (let at = from; at + 8 <= to; ) {
    const hasVendor = (bytes[at + 4]! & 0x80) !== 0;
    const length = bytes.readUIntBE(at + 5, 3);
    const end = at + length;
    if (length < 8 || end > to) return undefined;
    if (!hasVendor && bytes.readUInt32BE(at) === wanted) return { start: at + 8, end };
    at += (length + 3) & ~3;
  }
  return undefined;
}
