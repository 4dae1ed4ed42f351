/** Messages of a script as octets, and what an answer must be. */
import { flag, headerLength, readHeader } from '../diameter/codec/decode.js';
import { messageOctets, readAvps, type ScriptAvp } from '../diameter/script/avp.js';
import { applicationNamed, commandOf, type NamedCommand } from '../diameter/script/dictionary.js';
import {
  answerHead,
  capabilitiesAvps,
  proxyInfoOf,
  requestHead,
  type ScriptIdentity,
  withHead,
} from '../diameter/script/standard-avps.js';
import { parseAvps } from '../diameter/script/written-avps.js';
import {
  describeMatcher,
  type Matcher,
  matchesValue,
  parseFieldPath,
  readField,
  type SeenMessage,
} from '../selection/index.js';
import { comparable } from '../selection/seen.js';
import type { Expectation, Script, ScriptAnswer, ScriptMessage, ScriptRequest } from './diameter-script.js';
import { fill, fillText, type Lookup } from './diameter-values.js';

/** A message of a file that cannot be made of the values that there are. */
export class UnmadeMessage extends Error {}

/** The AVPs that a file writes, values in place. Throws UnmadeMessage and MissingValue. */
function writtenAvps(avps: unknown, lookup: Lookup): ScriptAvp[] {
  const mistakes: string[] = [];
  const read = parseAvps(fill(avps, lookup), [], (path, { what, mend }) =>
    mistakes.push(`${path.join('.')}: ${what}; ${mend}`),
  );
  if (mistakes.length > 0) throw new UnmadeMessage(mistakes.join('; '));
  return read;
}

function kept(avps: readonly ScriptAvp[], without: ReadonlySet<string>): ScriptAvp[] {
  return avps.filter(({ vendor, code }) => !without.has(`${vendor}:${code}`));
}

function body(
  message: Omit<ScriptMessage, 'application'>,
  head: () => ReadonlyMap<string, ScriptAvp>,
  lookup: Lookup,
): ScriptAvp[] {
  const written = writtenAvps(message.avps, lookup);
  if (!message.defaults) return written;
  const { without } = message;
  const wanted = [...head()].filter(([, { vendor, code }]) => !without.has(`${vendor}:${code}`));
  return withHead(new Map(wanted), written);
}

export interface RequestIds {
  readonly endToEnd: number;
  readonly sessionId: string;
  readonly peer: { readonly host: string; readonly realm: string };
}

export function requestOctets(
  request: ScriptRequest,
  identity: ScriptIdentity,
  ids: RequestIds,
  lookup: Lookup,
): Buffer {
  const { command, application, flags } = request;
  const head = () => requestHead(command, application, { identity, sessionId: ids.sessionId, peer: ids.peer });
  const bits = flags ?? (command.proxiable ? flag.proxiable : 0);
  const endToEnd = request.endToEnd === undefined ? ids.endToEnd : Number(fillText(request.endToEnd, lookup)) >>> 0;
  const header = {
    command: command.code,
    application: application.id,
    flags: flag.request | bits,
    hopByHop: 0,
    endToEnd,
  };
  return messageOctets(header, body(request, head, lookup));
}

export function answerOctets(answer: ScriptAnswer, identity: ScriptIdentity, request: Buffer, lookup: Lookup): Buffer {
  const header = readHeader(request);
  const application = applicationNamed(header.application)!;
  const command = commandOf(header.application, header.command);
  const avps = readAvps(request, headerLength) ?? [];
  const written = body(answer, () => answerHead(command, application, identity, answer.result, avps), lookup);
  const proxies = answer.defaults ? proxyInfoOf(avps) : [];
  return messageOctets(answerHeader(header, answer), [...written, ...proxies]);
}

/** RFC 6733 6.2: the P bit as in the request; 7.1.3: E with 3xxx. */
function answerHeader(header: ReturnType<typeof readHeader>, { flags, result }: ScriptAnswer) {
  const isProtocolError = result.vendor === undefined && result.code >= 3000 && result.code < 4000;
  const bits = flags ?? (header.flags & flag.proxiable) | (isProtocolError ? flag.error : 0);
  const { command, application, hopByHop, endToEnd } = header;
  return { command, application, flags: bits, hopByHop, endToEnd };
}

/** Of the CER or CEA. What the file writes stands in place of imslab's own of the same kind. */
export function capabilitiesOf(script: Script, addresses: readonly string[]): ScriptAvp[] {
  const { identity, applications, capabilities } = script;
  const own = capabilitiesAvps(
    { ...identity, addresses: identity.addresses.length > 0 ? identity.addresses : addresses },
    applications,
  );
  const written =
    capabilities.avps === undefined ? [] : writtenAvps(capabilities.avps, (name) => script.values.get(name));
  const replaced = new Set(written.map(({ vendor, code }) => `${vendor}:${code}`));
  return [...kept(kept(own, replaced), capabilities.without), ...written];
}

export function seen(bytes: Buffer): SeenMessage {
  return { protocol: 'diameter', fromNode: '', toNode: '', bytes };
}

/** `2001 FIRST_REGISTRATION`; `none` where the answer has no result. */
export function resultText(bytes: Buffer): string {
  const values = comparable(seen(bytes), parseFieldPath('result', 'diameter'));
  return values.length === 0 ? 'no result' : values.join(' ');
}

/** What of the expectations does not hold, a sentence each. Of an answer with another result nothing else is told. */
export function judge(bytes: Buffer, expect: Expectation, lookup: Lookup): readonly string[] {
  const wrong = wrongResult(bytes, expect.results, lookup);
  return wrong.length > 0 ? wrong : wrongAvps(bytes, expect, lookup);
}

function wrongResult(bytes: Buffer, results: readonly string[] | undefined, lookup: Lookup): readonly string[] {
  const values = comparable(seen(bytes), parseFieldPath('result', 'diameter'));
  const wanted = (results ?? ['1xxx', '2xxx']).map((word) => fillText(word, lookup));
  const fits = (word: string) =>
    word.endsWith('xxx')
      ? values.some((value) => /^\d{4}$/.test(value) && value[0] === word[0])
      : values.includes(word);
  if (wanted.some(fits)) return [];
  return [`result is ${resultText(bytes)}, not ${results === undefined ? 'a success' : wanted.join(' or ')}`];
}

function wrongAvps(bytes: Buffer, { avps, absent }: Expectation, lookup: Lookup): readonly string[] {
  const message = seen(bytes);
  const wrong = Object.entries(avps).flatMap(([path, written]) => {
    const matcher = fill(written, lookup) as Matcher;
    const values = comparable(message, parseFieldPath(path, 'diameter'));
    if (matchesValue(matcher, values)) return [];
    return [`${path} is ${values.length === 0 ? 'absent' : values.join(', ')}, not ${describeMatcher(matcher)}`];
  });
  const present = absent.filter((path) => readField(message, path).length > 0);
  return [...wrong, ...present.map((path) => `${path} is there: ${readField(message, path).join(', ')}`)];
}

/** Whether all fields of the request are what the rule says. */
export function matchesAll(bytes: Buffer, where: Readonly<Record<string, Matcher>>): boolean {
  return Object.entries(where).every(([path, matcher]) =>
    matchesValue(matcher, comparable(seen(bytes), parseFieldPath(path, 'diameter'))),
  );
}

/** `UAR`, `Update-Location`, as a report calls a request that came. */
export function commandOfBytes(bytes: Buffer): NamedCommand {
  const { application, command } = readHeader(bytes);
  return commandOf(application, command);
}
