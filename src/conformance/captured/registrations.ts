/** How the registrations of a capture went, and why one failed: what its messages say, and what to look at next. */
import type { MessageRecord } from '../../environment/index.js';
import { contactExpires } from '../../ims/identity/index.js';
import {
  type Credentials,
  parseChallenge,
  parseCredentials,
  parseMessage,
  SipParseError,
  type SipRequest,
  type SipResponse,
} from '../../sip/index.js';
import { identityKey } from '../sip-history.js';
import { Queries } from './queries.js';

export interface RegistrationStory {
  readonly identity: string;
  /** Whoever has sent the first REGISTER. */
  readonly ue: string;
  /** `open`: the capture ends before it was decided. */
  readonly outcome: 'registered' | 'deregistered' | 'failed' | 'open';
  /** One plain sentence. */
  readonly sentence: string;
  /** What to look at next. */
  readonly next: string | undefined;
  readonly clause: string | undefined;
  /** Id of the message that decides. */
  readonly message: number;
}

interface Seen<TMessage extends SipRequest | SipResponse = SipRequest | SipResponse> {
  readonly record: MessageRecord;
  readonly message: TMessage;
}

/** A SIM answers within a second, and a request is repeated after 2 s (TS 24.229 7.7): nothing in so long is no answer. */
const answeredMs = 10_000;

/**
 * Of each Call-ID how its last attempt went, in the order of the first REGISTERs. Where a capture is not complete, what it
 * does not show may have been in what could not be read: nobody is said to have kept silent.
 */
export function registrationStories(
  records: readonly MessageRecord[],
  isComplete: boolean,
): readonly RegistrationStory[] {
  const byCallId = new Map<string, Seen[]>();
  const queries = new Queries();
  for (const record of records) {
    if (record.protocol === 'diameter') queries.add(record);
    if (record.protocol !== 'sip') continue;
    const message = parseMessage(record.bytes, { stream: record.transport === 'tcp' });
    if (message instanceof SipParseError || message.cseq.method !== 'REGISTER') continue;
    if (identityKey(message.from.uri.text) !== identityKey(message.to.uri.text)) continue; // a third party's
    const known = byCallId.get(message.callId);
    if (known === undefined) byCallId.set(message.callId, [{ record, message }]);
    else known.push({ record, message });
  }
  const end = isComplete ? (records.at(-1)?.time ?? 0) : undefined;
  return [...byCallId.values()].flatMap((messages) => storyOf(messages, queries, end) ?? []);
}

function storyOf(messages: readonly Seen[], queries: Queries, end: number | undefined): RegistrationStory | undefined {
  const numbers = messages.filter(isRequest).map(({ message }) => message.cseq.sequence);
  if (numbers.length === 0) return undefined; // its beginning lies before the capture
  const last = numbers.reduce((one, other) => Math.max(one, other));
  const attempt = messages.filter(({ message }) => message.cseq.sequence === last);
  const before = messages.filter(({ message }) => message.cseq.sequence < last);
  const asked = attempt.filter(isRequest);
  const answers = attempt.filter(isResponse).filter(({ message }) => message.status >= 200);
  const first = leastVias(asked)!;
  const told = leastVias(answers);
  const identity = first.message.to.uri.text;
  // Behind the P-CSCF nobody sees which node it is.
  const about = { identity, ue: first.message.has('Path') ? 'a UE' : first.record.fromNode };
  const whole: Attempt = { about, first, farthest: mostVias(asked)!, asked, before, queries, end };
  if (told === undefined) return unanswered(whole);
  const alike = answers.filter(({ message }) => message.status === told.message.status);
  return answered(whole, told, mostVias(alike)!);
}

interface Attempt {
  readonly about: Pick<RegistrationStory, 'identity' | 'ue'>;
  /** As the UE sent it, or the nearest to it that was seen. */
  readonly first: Seen<SipRequest>;
  /** Nearest to the S-CSCF. */
  readonly farthest: Seen<SipRequest>;
  readonly asked: readonly Seen<SipRequest>[];
  /** Earlier attempts of the Call-ID. */
  readonly before: readonly Seen[];
  readonly queries: Queries;
  /** Of the capture; undefined where part of it could not be read. */
  readonly end: number | undefined;
}

function answered(attempt: Attempt, told: Seen<SipResponse>, made: Seen<SipResponse>): RegistrationStory {
  const { about, first } = attempt;
  const { status } = told.message;
  if (status < 300) {
    const isGone = isRemoval(first.message);
    return {
      ...about,
      outcome: isGone ? 'deregistered' : 'registered',
      sentence: `${about.ue} ${isGone ? 'de-registered' : 'registered'} ${about.identity}`,
      next: undefined,
      clause: undefined,
      message: told.record.id,
    };
  }
  return status === 401 || status === 407 ? challenged(attempt, told) : refused(attempt, made);
}

function isRemoval({ contacts, expires }: SipRequest): boolean {
  if (contacts === '*') return true;
  return contacts.length > 0 ? contacts.every((contact) => contactExpires(contact, expires) === 0) : expires === 0;
}

/** What a UE made of a challenge: how its REGISTER says so, and what to look at when that is refused. */
interface ChallengeAnswer {
  /** @param isChallengeSeen the capture has the challenge that it answers */
  matches(credentials: Credentials, isChallengeSeen: boolean): boolean;
  readonly what: string;
  readonly next: string;
  readonly clause: string;
}

const compareKeys = 'compare K, OP or OPc and the algorithm of SIM and HSS: imslab aka explain does so';

/** The first that fits. The first two say so themselves, and need no challenge beside them. */
const challengeAnswers: readonly ChallengeAnswer[] = [
  {
    matches: ({ auts }) => auts !== undefined,
    what: 'said with auts that the sequence number is out of range',
    next: 'compare the SQN of the HSS with that of the SIM, and AMF: imslab aka explain shows both',
    clause: 'TS 24.229 5.1.1.5.3, TS 33.102 6.3.5',
  },
  {
    matches: ({ response }) => response === '',
    what: 'answered with an empty response: its SIM has found the MAC of the challenge wrong',
    next: compareKeys,
    clause: 'TS 24.229 5.1.1.5.3, RFC 3310 3.3',
  },
  {
    matches: (_, isChallengeSeen) => isChallengeSeen,
    what: 'answered the challenge, and the answer did not count',
    next: compareKeys,
    clause: 'TS 24.229 5.4.1.2.3',
  },
];

/** Undefined: it answers none that can be told, or one that has been answered before (TS 24.229 5.1.1.4.1). */
function challengeAnswerOf({ first: { message }, before }: Attempt): ChallengeAnswer | undefined {
  const credentials = credentialsOf(message);
  const nonce = credentials?.nonce ?? '';
  if (credentials === undefined || nonce === '') return undefined;
  const isChallengeSeen = before.some((each) => isResponse(each) && hasChallenge(each.message, nonce));
  const isUsed = before.some((each) => isRequest(each) && credentialsOf(each.message)?.nonce === nonce);
  return isUsed ? undefined : challengeAnswers.find(({ matches }) => matches(credentials, isChallengeSeen));
}

function credentialsOf(request: SipRequest): Credentials | undefined {
  const header = request.header('Authorization');
  return header === undefined ? undefined : parseCredentials(header);
}

function hasChallenge(response: SipResponse, nonce: string): boolean {
  return response.headers('WWW-Authenticate').some((value) => parseChallenge(value)?.nonce === nonce);
}

function openEnd(end: number | undefined): string {
  return end === undefined ? 'what could not be read may have had it' : 'the capture ends';
}

function challenged(attempt: Attempt, { record, message }: Seen<SipResponse>): RegistrationStory {
  const { about, end } = attempt;
  const answer = challengeAnswerOf(attempt);
  const challenge = `${message.status} from ${record.fromNode}`;
  const before = answer === undefined ? 'was' : `${answer.what}, was`;
  const story = { ...about, message: record.id } as const;
  if (end === undefined || end - record.time < answeredMs) {
    const sentence = `${about.ue} ${before} challenged with ${challenge}, and ${openEnd(end)}`;
    return { ...story, outcome: 'open', sentence, next: answer?.next, clause: answer?.clause };
  }
  return {
    ...story,
    outcome: 'failed',
    sentence: `${about.ue} ${before} challenged with ${challenge}, and did not answer`,
    next: answer?.next ?? 'see whether the challenge got to it, and whether it speaks the algorithm',
    clause: answer?.clause ?? 'TS 24.229 5.1.1.5.1',
  };
}

function refused(attempt: Attempt, { record, message }: Seen<SipResponse>): RegistrationStory {
  const { about, queries } = attempt;
  const query = queries.failedBefore(about.identity, record);
  const answer = message.status === 403 ? challengeAnswerOf(attempt) : undefined;
  const [meaning, next] = meanings.get(message.status) ?? [];
  const said = message.header('Reason') ?? message.header('Warning');
  const why = [
    ...(answer === undefined ? [] : [`${about.ue} ${answer.what}`]),
    ...(query === undefined ? [] : [query.sentence]),
  ];
  const reason = why.length > 0 ? why.join(', and ') : (said ?? meaning);
  return {
    ...about,
    outcome: 'failed',
    sentence: `${record.fromNode} refused REGISTER of ${about.identity} with ${message.status} ${message.reason}${reason === undefined ? '' : `: ${reason}`}`,
    next: answer?.next ?? (query === undefined ? next : undefined),
    clause: answer?.clause ?? query?.clause ?? 'RFC 3261 21',
    message: record.id,
  };
}

function unanswered({ about, first, farthest, asked, queries, end }: Attempt): RegistrationStory {
  const { record, message } = farthest;
  const query = queries.unansweredAfter(about.identity, record);
  const count = asked.filter((each) => each.message.vias.length === message.vias.length).length;
  const times = count === 1 ? '' : `, ${count} times`;
  const story = { ...about, message: (query?.record ?? record).id } as const;
  if (end === undefined || end - first.record.time < answeredMs)
    return {
      ...story,
      outcome: 'open',
      sentence: `REGISTER of ${about.identity} has no answer, and ${openEnd(end)}`,
      next: undefined,
      clause: undefined,
    };
  if (query !== undefined)
    return {
      ...story,
      outcome: 'failed',
      sentence: `${query.record.fromNode} asked ${query.record.toNode} with ${query.name} about ${about.identity}, and the capture has no answer`,
      next: `see whether ${query.record.toNode} is up, knows the sender as a peer, and has the route back`,
      clause: 'TS 29.228 6.1, RFC 6733 5.5.4',
    };
  return {
    ...story,
    outcome: 'failed',
    sentence: `REGISTER of ${about.identity} went from ${record.fromNode} to ${record.toNode}${times}, and the capture has no answer`,
    next: `see whether ${record.toNode} listens there, whether a filter is in between, and what it does next with the request`,
    clause: 'RFC 3261 17.1.2.2',
  };
}

/** What a status says to REGISTER, and what to look at. */
const meanings: ReadonlyMap<number, readonly [meaning: string, next: string]> = new Map([
  [400, ['something in it could not be read', 'see the findings about that REGISTER']],
  [
    403,
    [
      'the identity may not register, or its response was wrong',
      'see whether the subscriber is provisioned, which identities belong to the username, and whether SIM and HSS have the same key',
    ],
  ],
  [404, ['the identity is not known there', 'see the subscriber at the HSS, and the domain in To']],
  [420, ['it requires what is not known there', 'compare Require and Proxy-Require with Unsupported in the answer']],
  [
    421,
    [
      'something has to be supported that is not',
      'compare Supported with Require in the answer; sec-agree is the usual one',
    ],
  ],
  [423, ['its time is too short', 'take the time in Min-Expires']],
  [480, ['nobody who could serve it is there', 'see whether an S-CSCF is up and has what the user needs']],
  [494, ['a security agreement is needed', 'compare Security-Client with Security-Server in the answer']],
  [500, ['the server could not go on', 'see its log']],
  [503, ['the server does not serve now', 'see its load and whether its neighbours are up']],
  [504, ['who was to be asked did not answer', 'see whether the next node and the HSS are up']],
]);

function isRequest(seen: Seen): seen is Seen<SipRequest> {
  return seen.message.kind === 'request';
}

function isResponse(seen: Seen): seen is Seen<SipResponse> {
  return seen.message.kind === 'response';
}

function leastVias<TSeen extends Seen>(seen: readonly TSeen[]): TSeen | undefined {
  return seen.reduce<TSeen | undefined>(
    (best, each) => (best === undefined || each.message.vias.length < best.message.vias.length ? each : best),
    undefined,
  );
}

function mostVias<TSeen extends Seen>(seen: readonly TSeen[]): TSeen | undefined {
  return seen.reduce<TSeen | undefined>(
    (best, each) => (best === undefined || each.message.vias.length > best.message.vias.length ? each : best),
    undefined,
  );
}
