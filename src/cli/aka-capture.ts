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
}

interface Block {
  method?: string;
  requestUri?: string;
  readonly headers: (readonly [name: string, value: string])[];
  readonly body: string[];
}

const challengeHeaders = new Set(['www-authenticate', 'proxy-authenticate']);
const answerHeaders = new Set(['authorization', 'proxy-authorization']);

/**
 * The last AKA challenge (else the last one), and the answer to it, or the last answer. With `imsi`, of a capture with several
 * users: of the calls in which a username begins with it.
 */
export function readExchange(text: string, imsi?: string): CapturedExchange {
  const blocks = ofUser(blocksOf(text), imsi);
  const challenges = blocks.flatMap(({ headers }) =>
    headers.filter(([name]) => challengeHeaders.has(name)).flatMap(([, value]) => parseChallenge(value) ?? []),
  );
  const challenge = challenges.findLast((each) => isAka(each.algorithm)) ?? challenges.at(-1);
  const answers = blocks.flatMap(answersOf);
  // As the UE sent it: further on the Request-URI is another one (TS 24.229 §5.3.1.3).
  const answer = answers.find(({ credentials }) => credentials.nonce === challenge?.nonce) ?? answers.at(-1);
  return { challenge, answer };
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
function answersOf({ method, requestUri, headers, body }: Block): readonly CapturedAnswer[] {
  return headers.flatMap(([name, value]) => {
    const credentials = answerHeaders.has(name) ? parseCredentials(value) : undefined;
    if (credentials === undefined || (credentials.nonce ?? '') === '') return [];
    const addresses = headers.flatMap(([, text]) => /sips?:[^\s<>;"]+/i.exec(text)?.[0] ?? []);
    return [{ credentials, method, requestUri, addresses, body: body.join('\r\n') }];
  });
}

function blocksOf(text: string): readonly Block[] {
  let block: Block = { headers: [], body: [] };
  const blocks = [block];
  let inBody = false;
  for (const line of text.replace(/\r?\n[ \t]+(?=\S)/g, ' ').split(/\r?\n/)) {
    // In a capture file a packet's own octets stand before the start line.
    const request = startOfRequest.exec(line);
    if (request || /SIP\/2\.0 \d{3} /.test(line)) {
      block = { headers: [], body: [] };
      if (request) Object.assign(block, { method: request[1], requestUri: request[2] });
      blocks.push(block);
      inBody = false;
    } else if (line.trim() === '') {
      if (inBody) block.body.push(line);
      else inBody = block.headers.length > 0 && block.method !== undefined;
    } else if (inBody) {
      block.body.push(line);
    } else {
      const header = headerOf(line);
      if (header !== undefined) block.headers.push(header);
    }
  }
  return blocks;
}

function headerOf(line: string): readonly [string, string] | undefined {
  const named = /^\s*([A-Za-z][A-Za-z-]*)\s*:\s*(.*?)\s*$/.exec(line);
  if (named) return [named[1]!.toLowerCase(), named[2]!];
  if (!/^\s*Digest\s/i.test(line)) return undefined;
  // The value alone: only an answer has a response.
  return [/\bresponse\s*=/i.test(line) ? 'authorization' : 'www-authenticate', line.trim()];
}
