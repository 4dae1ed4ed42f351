/** The network that a UE registers from, as its P-CSCF has written it: TS 24.229 §5.2.2.1, §5.3.1.2; RFC 7315 5.2. */
import { type SipRequest, unquote } from '../../sip/index.js';

/** RFC 7315 5.2: a token or a quoted string; parameters may follow. */
const identifier = /^(?:"(?:[^"\\]|\\.)*"|[^;\s]+)/;

/** Of the first value of P-Visited-Network-ID, without quotes and parameters; undefined: there is none. */
export function visitedNetworkOf(message: SipRequest): string | undefined {
  const value = message.values('P-Visited-Network-ID')[0];
  const found = value === undefined ? undefined : identifier.exec(value)?.[0];
  return found && unquote(found);
}
