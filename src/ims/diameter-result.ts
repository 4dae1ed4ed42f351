/** What a result code of the HSS says that is no word about the user, and what to look at. RFC 6733 7.1, TS 29.229 6.2. */
import { experimentalResultCodes, resultCodes } from '../diameter/index.js';

type Kind = 'success' | 'error' | 'experimental';

const overloaded = 'it is overloaded: see what load it has, and whether a second one serves this realm';
const seeFailedAvp = 'see Failed-AVP in its answer (imslab decode), and which releases of Cx both sides speak';
const notDelivered =
  'no agent on the way knows how to reach it: compare Destination-Host and Destination-Realm of the request with the HSS and the routes of the agents';

const advices: Readonly<Record<number, string>> = {
  3001: 'it does not know this command: see whether Cx is switched on there, and not only another application such as S6a',
  3002: notDelivered,
  3003: notDelivered,
  3004: overloaded,
  3005: 'the request has gone in a circle: see Route-Record, and the routes of the agents',
  3007: 'it does not serve Cx for us: compare the applications in CER and CEA of the connection',
  3008: seeFailedAvp,
  3009: seeFailedAvp,
  3010: 'it does not know this node as a peer: enter our Origin-Host there',
  4002: 'it has no room left: see its disk and its database',
  5001: seeFailedAvp,
  5003: 'it lets this node ask for nothing of this user: see whether our Origin-Host may use Cx there',
  5004: seeFailedAvp,
  5005: seeFailedAvp,
  5006: overloaded,
  5007: seeFailedAvp,
  5008: seeFailedAvp,
  5009: seeFailedAvp,
  5012: 'it could not do it: see its log, and Error-Message in its answer',
  5014: seeFailedAvp,
};

const experimentalAdvices: Readonly<Record<number, string>> = {
  5011: 'it has not a feature that the request insists on: compare Supported-Features of request and answer',
  5012: 'it insists on a feature that the S-CSCF has not: compare Supported-Features of request and answer',
};

/** `Result-Code 3004 (TOO_BUSY): it is overloaded: …`. */
export function resultText(kind: Kind, code: number): string {
  const isExperimental = kind === 'experimental';
  const name = (isExperimental ? experimentalResultCodes : resultCodes)[code];
  const advice =
    (isExperimental ? experimentalAdvices : advices)[code] ??
    'see Error-Message in its answer and its log at that time';
  return `${isExperimental ? 'Experimental-Result-Code' : 'Result-Code'} ${code}${name === undefined ? '' : ` (${name})`}: ${advice}`;
}
