/** Finds a challenge and the answer to it in what a user pastes: SIP messages one after another, or header lines. */
import { type Challenge, type Credentials, digestAlgorithm, parseChallenge, parseCredentials } from '../sip/index.js';

export interface CapturedAnswer {
  readonly credentials: Credentials;
  /** Of the request; undefined where only the header was given. */
  readonly method?: string | undefined;
  readonly requestUri?: string | undefined;
  /** URIs of From, To and the like. */
  readonly addresses: readonly string[];
  readonly body: string;
}

export interface CapturedExchange {
  readonly challenge?: Challenge | undefined;
  readonly answer?: CapturedAnswer | undefined;
  /** Challenges of before were answered, the last one was not. */
  readonly isSilent: boolean;
  /** The user names of all REGISTERs that were read, each once. */
  readonly users: readonly string[];
}

interface Block {
  method?: string;
  requestUri?: string;
  readonly headers: [name: string, value: string][];
  /** What follows the empty line, up to the next message. */
  body: string;
}

const challengeHeaders = new Set(['www-authenticate', 'proxy-authenticate']);
const answerHeaders = new Set(['authorization', 'proxy-authorization']);

/**
 * The last AKA challenge (else the last one), and the answer to it, or the last answer. With `imsi`, of a capture with several
 * users: of the calls in which a username begins with it.
 */
export function readExchange(text: string, imsi?: string): CapturedExchange {
  const all = blocksOf(text);
  const blocks = ofUser(all, imsi);
  const challenges = blocks.flatMap((block, index) => challengesOf(block).map((challenge) => ({ challenge, index })));
  const last = challenges.findLast(({ challenge }) => isAka(challenge.algorithm)) ?? challenges.at(-1);
  const nonces = new Set(challenges.map(({ challenge }) => challenge.nonce));
  const answers = blocks.flatMap((block, index) => answersOf(block).map((answer) => ({ answer, index })));
  const { nonce } = last?.challenge ?? {};
  // As the UE sent it: further on the Request-URI is another one (TS 24.229 §5.3.1.3).
  const fitting = answers.find(({ answer }) => answer.credentials.nonce === nonce);
  // What answers a challenge of before has had its turn; a late one with its nonce is a mistake of the UE.
  const isOfBefore = (each: (typeof answers)[number]): boolean =>
    last !== undefined && each.index < last.index && nonces.has(each.answer.credentials.nonce);
  const { answer } = fitting ?? answers.findLast((each) => !isOfBefore(each)) ?? {};
  const isSilent = answer === undefined && answers.length > 0;
  return { challenge: last?.challenge, answer, isSilent, users: [...new Set(all.flatMap(usersOf))] };
}

function challengesOf({ headers }: Block): readonly Challenge[] {
  return headers.filter(([name]) => challengeHeaders.has(name)).flatMap(([, value]) => challengesIn(value));
}

/** One user may say INVITE and the like with other names (SIP Digest of an AS). */
function usersOf({ method, headers }: Block): readonly string[] {
  if (method !== 'REGISTER') return [];
  return headers.flatMap(([name, value]) => (answerHeaders.has(name) ? (parseCredentials(value)?.username ?? []) : []));
}

/** RFC 7235 4.1: one header may have several, with commas between; RFC 3261 7.3.1 forbids it, and it is seen all the same. */
function challengesIn(value: string): readonly Challenge[] {
  return value.split(/,\s*(?=Digest\s)/i).flatMap((each) => parseChallenge(each) ?? []);
}

function ofUser(blocks: readonly Block[], imsi: string | undefined): readonly Block[] {
  if (imsi === undefined) return blocks;
  const isTheirs = ([name, value]: readonly [string, string]): boolean =>
    answerHeaders.has(name) && parseCredentials(value)?.username?.startsWith(imsi) === true;
  const callIds = new Set(blocks.filter(({ headers }) => headers.some(isTheirs)).map(callIdOf));
  const theirs = blocks.filter((block) => callIds.has(callIdOf(block)));
  // Header lines alone have no Call-ID.
  return theirs.length === 0 ? blocks : theirs;
}

function callIdOf({ headers }: Block): string | undefined {
  return headers.find(([name]) => name === 'call-id' || name === 'i')?.[1];
}

export function isAka(algorithm: string | undefined): boolean {
  return algorithm !== undefined && /^AKAv[12]-MD5$/.test(digestAlgorithm(algorithm) ?? '');
}

/** Methods by name: octets before them may look like letters. */
const startOfRequest =
  /(REGISTER|INVITE|SUBSCRIBE|NOTIFY|MESSAGE|OPTIONS|UPDATE|PRACK|BYE|ACK|CANCEL|PUBLISH|REFER|INFO) ((?:sips?|tel):\S+) SIP\/2\.0\s*$/;

/** The first REGISTER's Authorization has no nonce, and answers nothing. */
function answersOf(block: Block): readonly CapturedAnswer[] {
  const { method, requestUri, headers } = block;
  return headers.flatMap(([name, value]) => {
    const credentials = answerHeaders.has(name) ? parseCredentials(value) : undefined;
    if (credentials === undefined || (credentials.nonce ?? '') === '') return [];
    const addresses = headers.flatMap(([, text]) => /sips?:[^\s<>;"]+/i.exec(text)?.[0] ?? []);
    return [{ credentials, method, requestUri, addresses, body: bodyOf(block) }];
  });
}

/** Line by line; octets that are no line of a message lead nowhere. */
function blocksOf(text: string): readonly Block[] {
  let block: Block = { headers: [], body: '' };
  const blocks = [block];
  let inBody = false;
  for (const [line] of text.matchAll(/[^\n]*\n|[^\n]+$/g)) {
    const plain = line.replace(/\r?\n$/, '');
    // In a capture file a packet's own octets stand before the start line.
    const request = startOfRequest.exec(plain);
    if (request || /SIP\/2\.0 \d{3} /.test(plain)) {
      block = { headers: [], body: '' };
      if (request) Object.assign(block, { method: request[1], requestUri: request[2] });
      blocks.push(block);
      inBody = false;
    } else if (inBody) block.body += line;
    else if (plain.trim() === '') inBody = block.headers.length > 0 && block.method !== undefined;
    else addHeader(block, plain);
  }
  return blocks;
}

function addHeader({ headers }: Block, line: string): void {
  const last = headers.at(-1);
  // Listings indent whole messages: what has a name and a colon of its own goes on with nothing.
  const isFolded = /^[ \t]/.test(line) && !/^\s+[A-Za-z][\w -]*:\s/.test(line);
  if (isFolded && last !== undefined) last[1] += ` ${line.trim()}`; // RFC 3261 7.3.1
  const header = headerOf(line);
  if (header !== undefined && (last === undefined || !isFolded)) headers.push(header);
}

/** As long as Content-Length says. Pasted text may have lost its CRs. */
function bodyOf({ headers, body }: Block): string {
  const length = Number(headers.find(([name]) => name === 'content-length' || name === 'l')?.[1] ?? Number.NaN);
  if (!(length >= 0)) return body;
  const withCr = body.includes('\r') ? body : body.replaceAll('\n', '\r\n');
  const isPasted = withCr.trimEnd().length <= length && length <= withCr.length && body.trimEnd().length < length;
  return (isPasted ? withCr : body).slice(0, length);
}

function headerOf(line: string): [string, string] | undefined {
  const named = /^\s*([A-Za-z][A-Za-z-]*)\s*:\s*(.*?)\s*$/.exec(line);
  if (named) return [named[1]!.toLowerCase(), withPlainQuotes(named[2]!)];
  if (!/^\s*Digest\s/i.test(line)) return undefined;
  // The value alone: only an answer has a response.
  return [/\bresponse\s*=/i.test(line) ? 'authorization' : 'www-authenticate', withPlainQuotes(line.trim())];
}

/** What a shell, a log or a program's source has made of quotation marks. */
function withPlainQuotes(value: string): string {
  return value
    .replaceAll('\\"', '"')
    .replace(/=\s*'([^']*)'/g, '="$1"')
    .replace(/=\s*""([\w+/=.:@-]+)""/g, '="$1"');
}
