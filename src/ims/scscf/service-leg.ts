/** An initial request on its way to an application server. TS 24.229 §5.4.3.2, §5.4.3.3; P-Served-User of RFC 5502 and RFC 8498. */
import type { RoutedRequest } from '../../node/index.js';
import { answered, withOrigIoi } from '../session/charging-vector.js';
import type { LegBehaviour } from '../session/session-table.js';
import type { ApplicationServer, SessionCase } from '../subscription/filter-criteria.js';
import { isOfDomain, setChargingFunctions } from './served-user.js';
import type { Evaluation } from './services.js';

/** Parameters of P-Served-User by session case. RFC 8498: after a diversion one says it all. */
const sessionCases: Readonly<Record<SessionCase, string>> = {
  0: 'sescase=orig;regstate=reg',
  1: 'sescase=term;regstate=reg',
  2: 'sescase=term;regstate=unreg',
  3: 'sescase=orig;regstate=unreg',
  4: 'orig-cdiv',
};

export interface ServiceWay {
  readonly homeDomain: string;
  /** Value of Route by which the request comes back, with the original dialog identifier. */
  readonly returnRoute: string;
}

export function serviceLeg(
  { homeDomain, returnRoute }: ServiceWay,
  { user, identity, sessionCase, side }: Evaluation,
  { serverName }: ApplicationServer,
  { server: { message }, working }: RoutedRequest,
): LegBehaviour {
  return {
    editInvite: (editor) => {
      editor.prepend('Route', returnRoute); // SIP-71
      editor.prepend('Route', `<${looselyRouted(serverName)}>`);
      editor.set('P-Served-User', `<${identity}>;${sessionCases[sessionCase]}`);
      setChargingFunctions(editor, user, isOfDomain(serverName, homeDomain));
      const charging = working.header('P-Charging-Vector');
      // CALL-13: towards an AS the inter-operator identifier is of type 3.
      if (charging !== undefined) editor.set('P-Charging-Vector', withOrigIoi(charging, `Type 3${homeDomain}`));
    },
    editResponse: (response) => {
      const charging = message.header('P-Charging-Vector');
      if (charging === undefined || !response.has('P-Charging-Vector')) return undefined;
      return response.edit().set('P-Charging-Vector', answered(charging, homeDomain)).text();
    },
    // SESSION_TERMINATED: 408 or a 5xx goes towards whoever asked.
    explainSilence: ({ status, reason }) => ({
      status: status === 408 ? 408 : 504,
      cause: {
        what: 'cause.applicationServerUnreachable',
        text: `the application server ${serverName} did not answer ${message.method} (${status} ${reason}): is it running?`,
        clause: `TS 24.229 ${side === 'mo' ? '§5.4.3.2' : '§5.4.3.3'}, RFC 3261 16.7`,
      },
    }),
  };
}

/** An operator may have left out lr; without it the server's URI would take the place of the Request-URI (RFC 3261 16.6 item 6). */
function looselyRouted(serverName: string): string {
  return /;lr(?=[;=?]|$)/i.test(serverName) ? serverName : `${serverName};lr`;
}
