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

/** The last AKA challenge (else the last one), and the answer to it, or the last answer. */
export function readExchange(text: string): CapturedExchange {
  const blocks = blocksOf(text);
  const challenges = blocks.flatMap(({ headers }) =>
    headers.filter(([name]) => challengeHeaders.has(name)).flatMap(([, value]) => parseChallenge(value) ?? []),
  );
  const challenge = challenges.findLast((each) => isAka(each.algorithm)) ?? challenges.at(-1);
  const answers = blocks.flatMap(answersOf);
  const answer = answers.findLast(({ credentials }) => credentials.nonce === challenge?.nonce) ?? answers.at(-1);
  return { challenge, answer };
}

export function isAka(algorithm: string | undefined): boolean {
  return algorithm !== undefined && /^AKAv[12]-MD5$/.test(digestAlgorithm(algorithm) ?? '');
}

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
    const request = /^\s*([A-Z]+) (\S+) SIP\/2\.0\s*$/.exec(line);
    if (request || /^\s*SIP\/2\.0 \d{3}/.test(line)) {
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
