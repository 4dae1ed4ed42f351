/** What handsets do otherwise than they should: each quirk changes a REGISTER before it is put together, and nothing else. */
import { formatCredentials, hostPort, parseCredentials, parseUri, withParameter } from '../../sip/index.js';

/** Absent: the UE does as the specification says. */
export interface Quirks {
  /** Contact has no user part. */
  readonly contactWithoutUser?: boolean;
  /** The response in Authorization is in upper-case hexadecimal digits (RFC 2617 3.2.2.1 wants lower case). */
  readonly upperCaseResponse?: boolean;
  /** The UE itself says that its REGISTER was protected: what no P-CSCF may let pass (REG-21). */
  readonly forgedIntegrityProtected?: string;
  /** A Call-ID of its own for each attempt, as after a crash. */
  readonly newCallId?: boolean;
  /** Via does not ask for the source port (RFC 3581). */
  readonly noRport?: boolean;
  /** The first REGISTER over UDP, the answer to the challenge over TCP. */
  readonly answerOverTcp?: boolean;
  /** A security agreement is required, but none is offered (RFC 3329 2.3.1). */
  readonly noSecurityClient?: boolean;
  /** With the de-registration a registration goes out, without waiting for either's answer (RFC 3261 10.2). */
  readonly registersWhileDeregistering?: boolean;
}

export const noQuirks: Quirks = {};

/** What quirks may change. */
export interface RegisterDraft {
  readonly callId: string;
  /** The Contact URI. */
  readonly contactUri: string;
  readonly authorization: string | undefined;
  readonly securityClient: string | undefined;
  readonly rport: boolean;
  readonly overTcp: boolean;
}

export interface DraftSituation {
  /** It opens an attempt to register; not an answer to a challenge. */
  readonly opens: boolean;
  makeCallId(): string;
}

type Change = (draft: RegisterDraft, situation: DraftSituation, quirks: Quirks) => Partial<RegisterDraft>;

const changes: Readonly<Record<keyof Quirks, Change | undefined>> = {
  contactWithoutUser: ({ contactUri }) => ({ contactUri: withoutUser(contactUri) }),
  upperCaseResponse: ({ authorization }) => ({ authorization: authorization && upperCased(authorization) }),
  forgedIntegrityProtected: ({ authorization }, _, { forgedIntegrityProtected }) => ({
    authorization: authorization && withParameter(authorization, 'integrity-protected', forgedIntegrityProtected),
  }),
  // What was forgotten with the Call-ID are the last credentials, too.
  newCallId: ({ authorization }, { opens, makeCallId }) =>
    opens ? { callId: makeCallId(), authorization: authorization && unanswered(authorization) } : {},
  noRport: () => ({ rport: false }),
  answerOverTcp: (_, { opens }) => ({ overTcp: !opens }),
  noSecurityClient: () => ({ securityClient: undefined }),
  registersWhileDeregistering: undefined, // a second message, not another one
};

/** The draft as this UE sends it. */
export function withQuirks(quirks: Quirks, draft: RegisterDraft, situation: DraftSituation): RegisterDraft {
  if (quirks === noQuirks) return draft;
  let changed = draft;
  for (const [name, change] of Object.entries(changes) as [keyof Quirks, Change | undefined][]) {
    if (change === undefined || !quirks[name]) continue;
    changed = { ...changed, ...change(changed, situation, quirks) };
  }
  return changed;
}

function withoutUser(contactUri: string): string {
  const uri = parseUri(contactUri);
  if (uri === undefined) return contactUri;
  const transport = uri.parameters.get('transport');
  return `sip:${hostPort(uri.host, uri.port)}${typeof transport === 'string' ? `;transport=${transport}` : ''}`;
}

/** Who it is, and no answer to anything (REG-10). */
function unanswered(authorization: string): string {
  const { username = '', realm = '', uri = '' } = parseCredentials(authorization) ?? {};
  return formatCredentials({ username, realm, uri, nonce: '', response: '' });
}

function upperCased(authorization: string): string {
  return authorization.replace(/response="([0-9a-f]+)"/, (_, digits: string) => `response="${digits.toUpperCase()}"`);
}
