/** What an I-CSCF makes of UAA and LIA: tables of TS 24.229 §5.3.1.2 (REG-32) and §5.3.2. */
import type { DiameterAnswer, LocationInfo, ServerCapabilities, UserAuthorizationInfo } from '../../diameter/index.js';
import type { Cause } from '../../node/index.js';
import { resultText } from '../diameter-result.js';
import type { QueryOutcome } from './query-outcome.js';

/** Where the answer leads, and the reason for the trace where it is bad news. */
export interface JudgedAnswer {
  readonly outcome: QueryOutcome;
  readonly cause: Cause | undefined;
}

interface Refusal {
  readonly status: number;
  readonly what: string;
  readonly meaning: string;
  readonly clause: string;
}

const key = (result: { kind: string; code: number }): string => `${result.kind} ${result.code}`;

/** REG-32. Experimental 5003 and Result-Code 5003 are different things. */
const uaaRefusals: ReadonlyMap<string, Refusal> = new Map([
  [
    key({ kind: 'experimental', code: 5001 }),
    {
      status: 403,
      what: 'cause.userUnknown',
      meaning: 'the HSS does not know this private or public identity: is the subscriber provisioned?',
      clause: 'TS 29.228 §6.1.1.1 step 1, TS 24.229 §5.3.1.2',
    },
  ],
  [
    key({ kind: 'experimental', code: 5002 }),
    {
      status: 403,
      what: 'cause.identitiesDontMatch',
      meaning:
        'the public identity does not belong to this private identity: compare To with the username in Authorization',
      clause: 'TS 29.228 §6.1.1.1 step 2, TS 24.229 §5.3.1.2',
    },
  ],
  [
    key({ kind: 'experimental', code: 5003 }),
    {
      status: 403,
      what: 'cause.identityNotRegistered',
      meaning: 'it asks to de-register an identity that is not registered: see whether that has ended before',
      clause: 'TS 29.228 §6.1.1.1 step 5, TS 24.229 §5.3.1.2',
    },
  ],
  [
    key({ kind: 'experimental', code: 5004 }),
    {
      status: 403,
      what: 'cause.roamingNotAllowed',
      meaning:
        'the subscription does not allow the visited network named in P-Visited-Network-ID: compare it with the networks that the subscriber may roam in',
      clause: 'TS 29.228 §6.1.1.1 step 4, TS 24.229 §5.3.1.2',
    },
  ],
  [
    key({ kind: 'error', code: 5003 }),
    {
      status: 403,
      what: 'cause.authorizationRejected',
      meaning:
        'the subscription may not register this identity (barred, and no other one in its set is free): see its barring and its profile',
      clause: 'TS 29.228 §6.1.1.1 step 3, TS 24.229 §5.3.1.2',
    },
  ],
]);

/** TS 24.229 §5.3.2.1, §5.3.2.2. */
const liaRefusals: ReadonlyMap<string, Refusal> = new Map([
  [
    key({ kind: 'experimental', code: 5001 }),
    {
      status: 404,
      what: 'cause.userUnknown',
      meaning: 'the HSS does not know the called identity',
      clause: 'TS 29.228 §6.1.4.1, TS 24.229 §5.3.2.1',
    },
  ],
  [
    key({ kind: 'experimental', code: 5003 }),
    {
      status: 480,
      what: 'cause.calleeNotRegistered',
      meaning: 'the called user is not registered and has no services for that case',
      clause: 'TS 29.228 §6.1.4.1, TS 24.229 §5.3.2.2',
    },
  ],
]);

/** What is to be known of S-CSCFs to judge an answer. */
export interface KnownServers {
  /** Turns capabilities into S-CSCFs. */
  readonly select: (required: ServerCapabilities | undefined) => readonly string[];
  readonly isSipUri: (serverName: string) => boolean;
}

/** What was asked: REGISTRATION_AND_CAPABILITIES wants another S-CSCF than the one that has the user (TS 29.228 §6.1.1, §6.1.4). */
export interface Asked {
  readonly capabilities: boolean;
}

/** Reads UAA. */
export function judgeUserAuthorization(
  answer: DiameterAnswer<UserAuthorizationInfo>,
  asked: Asked,
  servers: KnownServers,
): JudgedAnswer {
  return judge(answer, 'UAR', asked, uaaRefusals, servers);
}

/** Reads LIA. */
export function judgeLocationInfo(
  answer: DiameterAnswer<LocationInfo>,
  asked: Asked,
  servers: KnownServers,
): JudgedAnswer {
  return judge(answer, 'LIR', asked, liaRefusals, servers);
}

function judge(
  answer: DiameterAnswer<UserAuthorizationInfo | LocationInfo>,
  command: 'UAR' | 'LIR',
  { capabilities }: Asked,
  refusals: ReadonlyMap<string, Refusal>,
  servers: KnownServers,
): JudgedAnswer {
  if ('reason' in answer) {
    // REG-32: a query that was not completed.
    return {
      outcome: { kind: 'refused', status: 480 },
      cause: {
        what: 'cause.hssUnreachable',
        text: `${command} was not answered by the HSS (${answer.reason}): is it running, does the way to it stand, and is its Diameter peer open?`,
        clause: 'TS 24.229 §5.3.1.2 and §5.3.2.2',
      },
    };
  }
  const code = answer.kind === 'experimental' ? answer.experimentalResultCode : answer.resultCode;
  if (answer.kind === 'success' || (answer.kind === 'experimental' && code < 3000)) {
    const { serverName, serverCapabilities } = answer;
    // An S-CSCF name beside FIRST_REGISTRATION is taken as well: some HSSs send it so. Beside capabilities that were asked for it is
    // the one that does not answer.
    const isForOther = capabilities && serverCapabilities !== undefined;
    if (serverName !== undefined && !isForOther) return named(serverName, command, servers);
    return chosen(serverCapabilities, servers);
  }
  const refusal = refusals.get(key({ kind: answer.kind, code }));
  if (refusal !== undefined) {
    return {
      outcome: { kind: 'refused', status: refusal.status },
      cause: { what: refusal.what, text: `the HSS refused ${command}: ${refusal.meaning}`, clause: refusal.clause },
    };
  }
  return {
    outcome: { kind: 'refused', status: 480 },
    cause: {
      what: 'cause.hssError',
      text: `the HSS answered ${command} with ${resultText(answer.kind, code)}`,
      clause: 'TS 24.229 §5.3.1.2 and §5.3.2.2',
    },
  };
}

/** A Server-Name is a SIP URI (TS 29.229 6.3.3); with anything else no request could be routed. */
function named(serverName: string, command: 'UAR' | 'LIR', { isSipUri }: KnownServers): JudgedAnswer {
  if (isSipUri(serverName)) return { outcome: { kind: 'server', serverName }, cause: undefined };
  return {
    outcome: { kind: 'refused', status: 480 },
    cause: {
      what: 'cause.hssError',
      text: `the HSS answered ${command} with a Server-Name that is no SIP URI: "${serverName}"`,
      clause: 'TS 29.229 §6.3.3',
    },
  };
}

function chosen(required: ServerCapabilities | undefined, { select, isSipUri }: KnownServers): JudgedAnswer {
  const selected = select(required);
  const serverNames = selected.filter(isSipUri);
  return {
    outcome: { kind: 'candidates', serverNames },
    cause:
      serverNames.length > 0
        ? undefined
        : {
            what: 'cause.noSuitableServer',
            text: unsuitable(selected, required?.mandatoryCapabilities ?? []),
            clause: 'TS 24.229 §5.3.1.2, TS 29.228 §6.7',
          },
  };
}

function unsuitable(selected: readonly string[], mandatory: readonly number[]): string {
  if (selected.length > 0) return `the HSS names ${selected.join(', ')}, which is no SIP URI: mend Server-Name there`;
  if (mandatory.length === 0) return 'no S-CSCF is known here: add one to the topology';
  return (
    `no S-CSCF has the mandatory capabilities ${mandatory.join(', ')} that the HSS asks for: ` +
    'compare those of the subscriber with capabilities.mandatory and capabilities.optional of the S-CSCFs'
  );
}
