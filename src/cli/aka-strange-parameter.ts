/** What of an answer differs from its challenge, its subscriber or its form, without any computation. */
import type { KeyMistake } from '../aka/index.js';
import type { Challenge, Credentials } from '../sip/index.js';
import type { CapturedAnswer, CapturedExchange } from './aka-capture.js';
import type { CardKeys } from './aka-values.js';

/** A parameter of the answer, and what it has to be; where there is nothing to compare it with, undefined. */
interface Comparison {
  readonly name: string;
  readonly has: string;
  readonly wanted: string | undefined;
  /** Whose value that is. */
  readonly of: string;
  readonly clause: string;
  readonly next: string;
}

/** The first thing of it. */
export function strangeParameter(
  { challenge }: CapturedExchange,
  { credentials, requestUri }: CapturedAnswer,
  { privateIdentity }: CardKeys,
): KeyMistake | undefined {
  const { username = '', uri = '' } = credentials;
  return (
    firstDifference(challenge === undefined ? [] : againstChallenge(credentials, challenge)) ??
    firstDifference([
      {
        name: 'username',
        has: username,
        wanted: privateIdentity,
        of: 'the subscriber',
        clause: 'TS 24.229 5.1.1.2',
        next: 'compare the IMPI of the UE with the private identity of the subscriber',
      },
    ]) ??
    misshapenParameter(credentials) ??
    firstDifference([
      {
        name: 'uri',
        has: uri,
        wanted: requestUri,
        of: 'the Request-URI',
        clause: 'RFC 2617 3.2.2.5',
        next: 'let the UE copy the Request-URI',
      },
    ])
  );
}

function againstChallenge(credentials: Credentials, challenge: Challenge): readonly Comparison[] {
  const { nonce = '', realm = '', algorithm = challenge.algorithm ?? '' } = credentials;
  const isSameAlgorithm = algorithm.toLowerCase() === challenge.algorithm?.toLowerCase();
  const common = { of: 'the challenge', clause: 'RFC 2617 3.2.2' };
  return [
    {
      ...common,
      name: 'nonce',
      has: nonce,
      wanted: challenge.nonce ?? '',
      next: 'see whether these two messages belong together, and whether the UE answered an earlier challenge',
    },
    {
      ...common,
      name: 'algorithm',
      has: algorithm,
      wanted: isSameAlgorithm ? algorithm : challenge.algorithm,
      next: 'let the UE compute with the algorithm of the challenge and write it into Authorization',
    },
    { ...common, name: 'realm', has: realm, wanted: challenge.realm ?? '', next: 'let the UE copy the realm' },
  ];
}

function firstDifference(comparisons: readonly Comparison[]): KeyMistake | undefined {
  const found = comparisons.find(({ has, wanted }) => wanted !== undefined && has !== wanted);
  if (found === undefined) return undefined;
  const { name, has, wanted, of, clause, next } = found;
  const text = `the answer has ${name} "${has}", and ${of} has "${wanted}"`;
  return { cause: `${name}Differs`, text, clause, next };
}

function misshapenParameter({ qop, nc = '', response = '' }: Credentials): KeyMistake | undefined {
  const clause = 'RFC 2617 3.2.2';
  if (qop !== undefined && !/^[0-9a-f]{8}$/i.test(nc)) {
    const next = 'let the UE count in eight digits, from 00000001';
    return misshapen('nc', nc, 'eight hexadecimal digits', clause, next);
  }
  if (response !== '' && !/^[0-9a-f]{32}$/i.test(response)) {
    const next = 'see that the line is whole; MD5 gives 16 octets';
    return misshapen('response', response, '32 hexadecimal digits', clause, next);
  }
  return undefined;
}

function misshapen(name: string, has: string, wanted: string, clause: string, next: string): KeyMistake {
  return {
    cause: `${name}Malformed`,
    text: `the answer has ${name} "${has}", and ${wanted} belong there`,
    clause,
    next,
  };
}
