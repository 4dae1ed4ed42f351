/** A MESSAGE that an application server sends for a user: originating user agent, TS 24.229 §5.7.3; CALL-02. */
import type { Chassis } from '../../node/index.js';
import { buildRequest } from '../../sip/index.js';
import type { AsConfig } from './config.js';

export interface OriginatingMessage {
  /** A public identity of the user for whom it is sent. */
  readonly servedUser: string;
  /** SIP or tel URI. */
  readonly target: string;
  readonly text: string;
  /** The user's S-CSCF, where it has told of the user; else the I-CSCF finds one. */
  readonly servingNode: string | undefined;
}

/** The final status; undefined where none came. */
export interface OriginationOutcome {
  readonly status: number | undefined;
  readonly reason: string;
}

/** `done` once. */
export function originate(
  { sip, environment: { random } }: Chassis,
  { homeDomain }: AsConfig,
  { servedUser, target, text, servingNode }: OriginatingMessage,
  done: (outcome: OriginationOutcome) => void,
): void {
  const request = buildRequest({
    method: 'MESSAGE',
    requestUri: target,
    headers: [
      // §5.7.3: orig asks for the originating services of the user.
      ['Route', `<${servingNode ?? `sip:${homeDomain}`};lr;orig>`],
      ['Max-Forwards', '70'],
      ['From', `<${servedUser}>;tag=${random.bytes(8).toString('hex')}`],
      ['To', `<${target}>`],
      ['Call-ID', random.bytes(16).toString('hex')],
      ['CSeq', '1 MESSAGE'],
      ['P-Asserted-Identity', `<${servedUser}>`],
      ['P-Served-User', `<${servedUser}>`],
      // CALL-13: the AS begins it, so that the identifier is its own.
      ['P-Charging-Vector', `icid-value="${random.bytes(12).toString('hex')}";orig-ioi="Type 3${homeDomain}"`],
    ],
    body: Buffer.from(text, 'utf8').toString('latin1'),
    contentType: 'text/plain;charset=UTF-8',
  });
  sip.sendRequest(request, sip.nextHop(request), {
    onResponse: ({ status, reason }) => {
      if (status >= 200) done({ status, reason: `it was answered ${status} ${reason}` });
    },
    onTimeout: () => done({ status: undefined, reason: 'nobody answered it' }),
    onTransportError: (reason) => done({ status: undefined, reason: `it could not be sent (${reason})` }),
  });
}
