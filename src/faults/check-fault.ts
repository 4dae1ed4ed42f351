import {
  type CompiledPattern,
  compilePattern,
  diameterFields,
  type FieldProtocol,
  grammarOf,
  nonceParts,
  type PathStep,
  PatternError,
  parseFieldPath,
  sipFields,
  suggest,
} from '../selection/index.js';
import { avpNamed } from './change/avp-tree.js';
import { avpData } from './change/avp-value.js';
import { isSdpFieldSettable } from './change/sdp-change.js';
import type { Fault, FaultAction, FieldChanges } from './fault.js';

/** What the user wrote in a fault that could never do what it says. */
export interface FaultProblem {
  /**
   * Where: a key of the pattern (`['message']`, `['from']`, `['with', 'Contact.expires']`) or of the action (`['set', 'To.tag']`,
   * `['headers', 'Retry-After']`, `['field']`, `['status']`, `['result']`).
   */
  readonly key: readonly string[];
  /** `a nonce has no aunt` */
  readonly what: string;
  /** `did you mean 'autn'?` */
  readonly mend: string;
}

/**
 * The first thing that is wrong with a fault in itself, whatever lab it is for: its pattern, the fields and values of its
 * action, an answer to what is no request. Undefined: it can be planted.
 */
export function checkFault(fault: Fault): FaultProblem | undefined {
  try {
    check(fault);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error;
    throw error;
  }
}

/** Throws PatternError. */
function check({ pattern, action }: Fault): void {
  const compiled = compilePattern(pattern);
  if (action.do === 'answer') checkAnswer(action, compiled, pattern.message);
  const { protocol } = compiled;
  if (protocol === 'sip' || protocol === 'diameter' || protocol === undefined) {
    if (action.do === 'change') checkChanges('set', action.set, protocol);
    if (action.do === 'corrupt' && action.field !== undefined) checkField(action.field, protocol);
  } else if (action.do === 'change' || (action.do === 'corrupt' && action.field !== undefined)) {
    const mend = 'use drop, delay, duplicate, reorder, replace, or corrupt without a field';
    throw new PatternError([action.do === 'change' ? 'set' : 'field'], `${pattern.message} has no fields`, mend);
  }
}

function checkChanges(key: string, changes: FieldChanges, protocol: FieldProtocol | undefined): void {
  if (Object.keys(changes).length === 0) {
    throw new PatternError([key], 'it changes nothing', 'name a field and its new value');
  }
  for (const [text, value] of Object.entries(changes)) {
    under([key, text], () => {
      const path = parseFieldPath(text, protocol);
      if (path.inDiameter && !path.inSip) checkAvp(path.steps, value);
      else if (!path.inDiameter) checkSip(path.steps, value);
    });
  }
}

function checkAvp(steps: readonly PathStep[], value: string | number | null): void {
  const { name } = steps.at(-1)!;
  if (name === 'flags') throw new PatternError([], 'flags cannot be set', 'replace the message');
  if (value === null || ['result', 'hop-by-hop', 'end-to-end'].includes(name)) {
    if (value !== null && !/^\d+$/.test(String(value)))
      throw new PatternError([], `${value} is no number`, 'write one');
    return;
  }
  const known = avpNamed(name)!;
  if (avpData(known, value) !== undefined) return;
  const words = Object.keys(known.values);
  const mend = words.length > 0 ? suggest(String(value), words) : 'write one of its format, octets as 0x…';
  throw new PatternError([], `${value} is no ${known.format}`, mend);
}

/** A value that goes on in another line would begin another header (RFC 3261 7.3.1). Bodies have lines. */
function checkOneLine(value: string | number | null): void {
  if (!/[\r\n]/.test(String(value))) return;
  throw new PatternError([], 'the value goes over several lines', 'write it on one line, without a line end after it');
}

function checkSip([first, ...rest]: readonly PathStep[], value: string | number | null): void {
  const isBody = rest.length === 0 && (first!.name === 'body' || first!.name === 'sdp');
  if (!isBody) checkOneLine(value);
  if ((first!.name === 'sdp' && !isSdpFieldSettable(rest)) || first!.name === 'reginfo') {
    throw new PatternError([], 'that field cannot be set', 'change the body');
  }
  if (value === null && ['method', 'status', 'Request-URI'].includes(first!.name) && rest.length === 0) {
    throw new PatternError([], 'a message cannot be without it', 'give another value');
  }
  if (first!.name === 'status' && !/^[1-6]\d\d$/.test(String(value))) {
    throw new PatternError([], `${value} is no SIP status`, 'write one of 100 to 699');
  }
}

function checkField(field: string, protocol: FieldProtocol | undefined): void {
  under(['field'], () => {
    const { steps } = parseFieldPath(field, protocol);
    const [first, ...rest] = steps;
    if (first!.name === 'sdp' && rest.length > 0) throw new PatternError([], 'that is no single place', 'corrupt sdp');
    if (first!.name === 'reginfo') throw new PatternError([], 'that is no single place', 'corrupt body');
    if (diameterFields.includes(first!.name)) {
      throw new PatternError([], 'that is no AVP', 'corrupt Result-Code, or the whole message');
    }
    checkNoncePart(steps);
  });
}

/** RFC 3310 3.2 */
function checkNoncePart([header, parameter, part]: readonly PathStep[]): void {
  if (part === undefined || parameter!.name.toLowerCase() !== 'nonce' || grammarOf(header!.name) !== 'digest') return;
  if (Object.hasOwn(nonceParts, part.name)) return;
  throw new PatternError([], `a nonce has no ${part.name}`, suggest(part.name, Object.keys(nonceParts)));
}

type AnswerAction = Extract<FaultAction, { do: 'answer' }>;

function checkAnswer(
  action: AnswerAction,
  { protocol, isRequest }: CompiledPattern,
  message: string | undefined,
): void {
  const { status, reason, result, headers } = action;
  const isAnswerable = protocol === undefined || protocol === 'sip' || protocol === 'diameter';
  if (!isAnswerable || isRequest === false || message?.trim() === 'ACK') {
    throw new PatternError(['message'], `nobody answers ${message}`, 'name a request');
  }
  if (status !== undefined && !isWithin(status, 100, 699)) {
    throw new PatternError(['status'], `${status} is no SIP status`, 'write one of 100 to 699');
  }
  if (result !== undefined && !isWithin(result, 1000, 5999)) {
    throw new PatternError(['result'], `${result} is no result code`, 'write one of 1001 to 5999');
  }
  if (protocol !== 'diameter') {
    if (reason !== undefined) under(['reason'], () => checkOneLine(reason));
    for (const [name, value] of Object.entries(headers ?? {})) {
      under(['headers', name], () => checkHeader(name, value, protocol));
    }
  }
  if (protocol === 'sip' && status === undefined) throw new PatternError(['status'], 'it is missing', 'write it');
  if (protocol !== 'diameter') return;
  if (status !== undefined) throw new PatternError(['status'], 'Diameter has none', 'write result');
  if (headers !== undefined) checkChanges('headers', headers, 'diameter');
  if (result === undefined && headers === undefined) {
    throw new PatternError(['result'], 'it is missing', 'write a code such as 5012');
  }
}

/** Of a SIP answer; where either kind of request is meant the name may be that of an AVP. */
function checkHeader(name: string, value: string | number, protocol: FieldProtocol | undefined): void {
  const { inSip, steps } = parseFieldPath(name, protocol);
  if (!inSip) return;
  const [{ name: header, index } = { name, index: undefined }] = steps;
  if (steps.length > 1 || index !== undefined || sipFields.includes(header)) {
    throw new PatternError([], `${name} is no whole header`, 'name a header, such as Retry-After');
  }
  checkOneLine(value);
}

function under(key: readonly string[], work: () => void): void {
  try {
    work();
  } catch (error) {
    throw error instanceof PatternError ? error.under(...key) : error;
  }
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
