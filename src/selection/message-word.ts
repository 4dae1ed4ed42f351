/** What a message is, in the words of ladders: `REGISTER`, `401 REGISTER`, `18x INVITE`, `MAA 5xxx`, `RTP`. */
import type { CommandDefinition } from '../diameter/index.js';
import { spokenApplications, summariseDiameter } from '../diameter/index.js';
import { suggest } from './nearest-word.js';
import type { SeenMessage } from './pattern.js';
import { PatternError } from './pattern-error.js';
import { firstOctet, sipOf } from './seen.js';

export interface Mismatch {
  /** `protocol`, `method`, `status`, `command`, `result`, `from`, `to`, or a field path. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string | undefined;
}

/** Asked for every message of a run: looks at a few octets first. */
export interface MessageWord {
  readonly protocol: SeenMessage['protocol'];
  /** False: responses and answers; undefined: either. */
  readonly isRequest: boolean | undefined;
  fits(seen: SeenMessage): boolean;
  /** Empty: it fits. Of a message of another protocol only that is told. */
  mismatches(seen: SeenMessage): readonly Mismatch[];
}

/** RFC 3261, 3262, 3265, 3311, 3428, 3515, 3903, 6086. */
const methods: readonly string[] = [
  ...[
    'ACK',
    'BYE',
    'CANCEL',
    'INFO',
    'INVITE',
    'MESSAGE',
    'NOTIFY',
    'OPTIONS',
    'PRACK',
    'PUBLISH',
    'REFER',
    'REGISTER',
  ],
  ...['SUBSCRIBE', 'UPDATE'],
];

interface CommandKind {
  readonly code: number;
  readonly isRequest: boolean;
}

const commands: ReadonlyMap<string, CommandKind> = new Map(
  spokenApplications.flatMap((dictionary) =>
    Object.values<CommandDefinition>(dictionary.commands).flatMap(
      ({ code, abbreviations: [request, answer] }): [string, CommandKind][] => [
        [request, { code, isRequest: true }],
        [answer, { code, isRequest: false }],
      ],
    ),
  ),
);

const protocolWords = { SIP: 'sip', Diameter: 'diameter', RTP: 'rtp', RTCP: 'rtcp' } as const;
const STATUS = /^[1-6](?:\d\d|\dx|xx)$/i;
const RESULT = /^[1-5](?:\d{3}|\d\dx|\dxx|xxx)$/i;

/** Throws PatternError. */
export function parseMessageWord(text: string): MessageWord {
  const words = text.trim().split(/\s+/);
  const [first = '', ...rest] = words;
  if (Object.hasOwn(protocolWords, first)) {
    const protocol = protocolWords[first as keyof typeof protocolWords];
    if (rest.length === 0) return new AnyOf(protocol);
    if (protocol === 'sip') return sipWord(rest, true);
    if (protocol === 'diameter') return commandWord(rest);
    throw wrong(`${first} stands alone`, `write ${first}`);
  }
  if (STATUS.test(first) || methods.includes(first)) return sipWord(words, false);
  if (commands.has(first)) return commandWord(words);
  if (/^\d/.test(first)) throw wrong(`${first} is no SIP status`, 'write one such as 200, 18x or 4xx');
  const known = [...methods, ...commands.keys(), ...Object.keys(protocolWords)];
  const mend = /^[A-Z]+$/.test(first) ? suggestOrForeign(first, known) : suggest(first, known);
  throw wrong(`there is no method or command ${first === '' ? 'of no letters' : first}`, mend);
}

/** As `suggest`, and how a method is written that is not known. */
function suggestOrForeign(method: string, known: readonly string[]): string {
  const remedy = suggest(method, known);
  return remedy.endsWith('?') ? `${remedy} Another method: SIP ${method}` : `${remedy}; another method: SIP ${method}`;
}

function wrong(what: string, mend: string): PatternError {
  return new PatternError([], what, mend);
}

/** `METHOD`, `STATUS`, `STATUS METHOD`. */
function sipWord([first = '', second, third]: readonly string[], anyMethod: boolean): MessageWord {
  const isStatus = STATUS.test(first);
  const method = isStatus ? second : first;
  const extra = isStatus ? third : second;
  if (extra !== undefined) {
    const mend = !isStatus && STATUS.test(extra) ? `write ${extra} ${first}` : `leave ${extra} out`;
    throw wrong(`${extra} cannot follow ${isStatus ? `${first} ${second}` : first}`, mend);
  }
  if (method !== undefined && !methods.includes(method) && !(anyMethod && /^[A-Za-z0-9\-.!%*_+`'~]+$/.test(method))) {
    throw wrong(`there is no method ${method}`, suggestOrForeign(method, methods));
  }
  return isStatus ? new ResponseWord(first.toLowerCase(), method) : new RequestWord(first);
}

/** `UAR`, `UAA`, `UAA 2001`; after the word Diameter also commands that imslab does not speak. */
function commandWord([name = '', result, extra]: readonly string[]): MessageWord {
  const kind = commands.get(name);
  if (extra !== undefined) throw wrong(`${extra} cannot follow ${name} ${result}`, `leave ${extra} out`);
  if (result === undefined) return new CommandWord(name, kind, undefined);
  if (kind?.isRequest) throw wrong(`${name} is a request and has no result`, `write ${name}`);
  if (!RESULT.test(result)) throw wrong(`${result} is no result code`, 'write one such as 2001 or 5xxx');
  return new CommandWord(name, kind, result.toLowerCase());
}

/** `18x` fits 180; both of one length. */
function fitsMask(mask: string, digits: string): boolean {
  for (let at = 0; at < mask.length; at++) {
    if (mask.charCodeAt(at) !== 0x78 && mask.charCodeAt(at) !== digits.charCodeAt(at)) return false;
  }
  return digits.length === mask.length;
}

abstract class Word implements MessageWord {
  abstract readonly protocol: SeenMessage['protocol'];
  abstract readonly isRequest: boolean | undefined;
  abstract fits(seen: SeenMessage): boolean;

  mismatches(seen: SeenMessage): readonly Mismatch[] {
    if (seen.protocol === this.protocol) return this.fits(seen) ? [] : this.differences(seen);
    return [{ what: 'protocol', expected: this.protocol, actual: seen.protocol }];
  }

  /** From a message of this protocol that does not fit. */
  protected differences(_seen: SeenMessage): readonly Mismatch[] {
    return [];
  }
}

class AnyOf extends Word {
  readonly isRequest = undefined;

  constructor(readonly protocol: SeenMessage['protocol']) {
    super();
  }

  fits({ protocol }: SeenMessage): boolean {
    return protocol === this.protocol;
  }
}

class RequestWord extends Word {
  readonly protocol = 'sip';
  readonly isRequest = true;
  /** The method and the space after it. */
  readonly #start: Buffer;

  constructor(private readonly method: string) {
    super();
    this.#start = Buffer.from(`${method} `, 'latin1');
  }

  fits({ protocol, bytes }: SeenMessage): boolean {
    return protocol === 'sip' && startsWith(bytes, this.#start);
  }

  protected override differences(seen: SeenMessage): readonly Mismatch[] {
    const message = sipOf(seen);
    const actual = message?.kind === 'response' ? `${message.status} ${message.method}` : message?.method;
    return [{ what: 'method', expected: this.method, actual }];
  }
}

class ResponseWord extends Word {
  readonly protocol = 'sip';
  readonly isRequest = false;

  constructor(
    private readonly status: string,
    private readonly method: string | undefined,
  ) {
    super();
  }

  fits(seen: SeenMessage): boolean {
    if (seen.protocol !== 'sip' || !this.#hasStatus(seen.bytes)) return false;
    return this.method === undefined || sipOf(seen)?.method === this.method;
  }

  protected override differences(seen: SeenMessage): readonly Mismatch[] {
    const { status, method } = this;
    const message = sipOf(seen);
    const found: Mismatch[] = [];
    if (!this.#hasStatus(seen.bytes)) {
      const actual = message?.kind === 'response' ? String(message.status) : undefined;
      found.push({ what: 'status', expected: status, actual });
    }
    if (method !== undefined && message?.method !== method) {
      found.push({ what: 'method', expected: method, actual: message?.method });
    }
    return found;
  }

  #hasStatus(bytes: Buffer): boolean {
    const at = firstOctet(bytes);
    // `SIP/2.0 180`; a method may not hold the slash.
    if (bytes[at + 3] !== 0x2f || bytes[at + 7] !== 0x20) return false;
    for (let digit = 0; digit < 3; digit++) {
      const wanted = this.status.charCodeAt(digit);
      if (wanted !== 0x78 && bytes[at + 8 + digit] !== wanted) return false;
    }
    return true;
  }
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  const at = firstOctet(bytes);
  for (let i = 0; i < start.length; i++) if (bytes[at + i] !== start[i]) return false;
  return true;
}

const HEADER_OCTETS = 20;

class CommandWord extends Word {
  readonly protocol = 'diameter';
  readonly isRequest: boolean | undefined;

  constructor(
    private readonly name: string,
    /** Undefined of applications that imslab does not speak: they are told by their names. */
    private readonly kind: CommandKind | undefined,
    private readonly result: string | undefined,
  ) {
    super();
    this.isRequest = kind?.isRequest;
  }

  fits(seen: SeenMessage): boolean {
    if (seen.protocol !== 'diameter' || !this.#isCommand(seen.bytes)) return false;
    return this.result === undefined || fitsMask(this.result, summaryOf(seen.bytes).result);
  }

  protected override differences({ bytes }: SeenMessage): readonly Mismatch[] {
    const { command, result } = summaryOf(bytes);
    const found: Mismatch[] = [];
    if (!this.#isCommand(bytes)) found.push({ what: 'command', expected: this.name, actual: command });
    if (this.result !== undefined && !fitsMask(this.result, result)) {
      found.push({ what: 'result', expected: this.result, actual: result === '' ? undefined : result });
    }
    return found;
  }

  #isCommand(bytes: Buffer): boolean {
    if (bytes.length < HEADER_OCTETS) return false;
    const { kind } = this;
    if (kind === undefined) return summaryOf(bytes).command === this.name;
    const isRequest = bytes[4]! >= 0x80;
    return isRequest === kind.isRequest && ((bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!) === kind.code;
  }
}

/** `UAA` and `2001` of `UAA 2001 FIRST_REGISTRATION`. */
function summaryOf(bytes: Buffer): { readonly command: string; readonly result: string } {
  if (bytes.length < HEADER_OCTETS) return { command: '', result: '' };
  const { summary } = summariseDiameter(bytes);
  const [command = '', result = ''] = summary.split(' ', 2);
  return { command, result: /^\d+$/.test(result) ? result : '' };
}
