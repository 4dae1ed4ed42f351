/** Parts of messages for the tests of this folder. */
import {
  type ParseOptions,
  parseMessage,
  SipParseError,
  SipRequest,
  SipResponse,
} from '../../../src/sip/message/index.js';

/** The header lines that every request needs, by name. */
export const mandatory: Readonly<Record<string, string>> = {
  Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa',
  From: '<sip:alice@example.com>;tag=f',
  To: '<sip:bob@example.com>',
  'Call-ID': 'c@192.0.2.1',
  CSeq: '1 OPTIONS',
  'Max-Forwards': '70',
};

/** A request of the mandatory headers, some of them replaced (undefined: left out), and further lines. */
export function requestText(
  replaced: Readonly<Record<string, string | undefined>> = {},
  lines: readonly string[] = [],
  body = '',
): string {
  const headers = Object.entries({ ...mandatory, ...replaced }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return ['OPTIONS sip:bob@example.com SIP/2.0', ...headers, ...lines, '', body].join('\r\n');
}

export function request(text: string, options?: ParseOptions): SipRequest {
  const result = parseMessage(text, options);
  if (result instanceof SipRequest) return result;
  throw new Error(result instanceof SipParseError ? result.reason : 'a response');
}

export function response(text: string): SipResponse {
  const result = parseMessage(text);
  if (result instanceof SipResponse) return result;
  throw new Error(result instanceof SipParseError ? result.reason : 'a request');
}

export function failure(text: string, options?: ParseOptions): SipParseError {
  const result = parseMessage(text, options);
  if (result instanceof SipParseError) return result;
  throw new Error('accepted');
}
