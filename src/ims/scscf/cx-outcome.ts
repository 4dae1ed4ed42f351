/** What an S-CSCF makes of MAA and SAA (TS 24.229 §5.4.1.2, TS 29.228 §6.1.2 and §6.3). */
import type { DiameterAnswer } from '../../diameter/index.js';
import type { Cause } from '../../node/index.js';
import { resultText } from '../diameter-result.js';

export interface Refused {
  /** For the UE. */
  readonly status: number;
  readonly cause: Cause;
}

const meanings: ReadonlyMap<string, { readonly what: string; readonly meaning: string }> = new Map([
  [
    'experimental 5001',
    { what: 'cause.userUnknown', meaning: 'the HSS does not know this identity; add the subscriber or mend the UE' },
  ],
  [
    'experimental 5002',
    {
      what: 'cause.identitiesDontMatch',
      meaning: 'the private and the public identity do not belong together; compare IMPI and IMPU with one subscriber',
    },
  ],
  [
    'experimental 5005',
    {
      what: 'cause.servedElsewhere',
      meaning: 'another S-CSCF is assigned to the user, and no reassignment is pending',
    },
  ],
  [
    'experimental 5006',
    {
      what: 'cause.authSchemeNotSupported',
      meaning:
        'the subscription does not have the scheme that the UE asks for: a UE with a SIM (AKA) has met a subscriber with a password (SIP Digest), or the reverse; give the subscriber keys, or the UE its scheme',
    },
  ],
  [
    'experimental 5007',
    { what: 'cause.errorInAssignmentType', meaning: 'the assignment type does not fit the state at the HSS' },
  ],
]);

const autsRefused =
  'the MAC in AUTS is wrong for it, or it has no sequence number left; compare K, OPc and AMF* of the card with the HSS';

/**
 * A refusal, or `undefined` for success. A refusal by the HSS becomes 403. No answer, and an answer that is no word about
 * the user, becomes 504: the specification leaves the code open there, and 480 would send the I-CSCF to another S-CSCF that
 * asks the same HSS.
 */
export function refusedBy(
  answer: DiameterAnswer<unknown>,
  query: 'MAR' | 'MAR with AUTS' | 'SAR',
): Refused | undefined {
  const command = query === 'SAR' ? 'SAR' : 'MAR';
  if ('reason' in answer) {
    return {
      status: 504,
      cause: {
        what: 'cause.hssUnreachable',
        text: `${command} was not answered by the HSS (${answer.reason}): is it running, does the way to it stand, and is its Diameter peer open?`,
        clause: 'TS 24.229 §5.4.1.2, RFC 6733 5.5.4',
      },
    };
  }
  const code = answer.kind === 'experimental' ? answer.experimentalResultCode : answer.resultCode;
  if (code >= 2000 && code < 3000) return undefined;
  const known = meanings.get(`${answer.kind} ${code}`);
  const told = resultText(answer.kind, code);
  // AKA-13, TS 33.203 6.1.3: an AUTS that does not verify is the card's fault, and 5012 is how the HSS says so.
  const isAutsRefused = query === 'MAR with AUTS' && code === 5012;
  if (isNotCompleted(answer.kind, code) && !isAutsRefused) {
    return {
      status: 504,
      cause: {
        what: 'cause.hssError',
        text: `the HSS could not answer ${command}: it gave ${told}`,
        clause: 'TS 24.229 §5.4.1.2, RFC 6733 7.1',
      },
    };
  }
  const name = `${answer.kind === 'experimental' ? 'Experimental-Result-Code' : 'Result-Code'} ${code}`;
  const meaning = isAutsRefused ? autsRefused : known?.meaning;
  return {
    status: 403,
    cause: {
      what: known?.what ?? 'cause.hssError',
      text: `the HSS refused ${command} with ${meaning === undefined ? told : `${name}: ${meaning}`}`,
      clause: command === 'MAR' ? 'TS 29.228 §6.3.1' : 'TS 29.228 §6.1.2.1',
    },
  };
}

/**
 * Protocol errors, transient failures, and UNABLE_TO_COMPLY (RFC 6733 7.1.3 to 7.1.5): a later request may meet something else.
 * Nor are 5011 and 5012 of TS 29.229 6.2.2, features that do not go together, about the user.
 */
function isNotCompleted(kind: 'success' | 'error' | 'experimental', code: number): boolean {
  if (kind === 'experimental') return code === 5011 || code === 5012;
  return (code >= 3000 && code < 5000) || code === 5012;
}
