/** Field paths as `with`, `capture` and `set` write them: `Via[2]`, `Contact.expires`, `SIP-Auth-Data-Item.SIP-Item-Number`. */
import { foreignNames } from '../diameter/codec/foreign-names.js';
import { spokenAvps } from '../diameter/index.js';
import { headerId, headerNames, UNKNOWN } from '../sip/message/header-names.js';
import { nearestWord } from './nearest-word.js';
import { PatternError } from './pattern-error.js';

export interface PathStep {
  readonly name: string;
  /** `[2]`: the second of several, from 1. */
  readonly index: number | undefined;
}

export interface FieldPath {
  /** As written. */
  readonly text: string;
  readonly steps: readonly PathStep[];
  /** In which protocols it can stand; `Contact` can in both. */
  readonly inSip: boolean;
  readonly inDiameter: boolean;
}

export type FieldProtocol = 'sip' | 'diameter';

/** What is no header but of the start line, or of the body. */
export const sipFields: readonly string[] = ['Request-URI', 'method', 'status', 'reason', 'body', 'sdp', 'reginfo'];
/** What is no AVP: either kind of result code, and fields of the header (RFC 6733 3). */
export const diameterFields: readonly string[] = ['result', 'flags', 'hop-by-hop', 'end-to-end'];

const avpNames = new Set<string>(Object.keys(spokenAvps));

/** A step: a quoted name is taken as it is, another one is looked up; `[n]` may follow. */
const STEP = /(?:"([^"]+)"|([^.[\]"\s]+))(?:\[([1-9]\d{0,3})\])?(?:\.|$)/y;
/** RFC 3261 25.1 */
const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;

const SHAPE_MEND = 'write names with dots between them, such as Contact.expires or Via[2].branch';

/** Paths that have been parsed: a run asks for the same few again and again. */
const parsed = new Map<string, FieldPath>();
const PARSED_MAX = 1_000;

/**
 * Throws PatternError for what is no path and for a first name that the protocol (or neither, where none is given) knows. A
 * header that nobody knows is taken as an extension's unless it looks like a slip of the pen; in double quotes it is taken as
 * it is.
 */
export function parseFieldPath(text: string, protocol?: FieldProtocol): FieldPath {
  const key = `${protocol ?? ''} ${text}`;
  let path = parsed.get(key);
  if (path !== undefined) return path;
  path = parse(text, protocol);
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(key, path);
  return path;
}

function parse(text: string, protocol: FieldProtocol | undefined): FieldPath {
  const { steps, isQuoted } = stepsOf(text);
  const [first] = steps;
  if (first === undefined) throw new PatternError([], 'a field has no name', SHAPE_MEND);
  const wrongHeader = isQuoted ? faultOfToken(first.name) : faultOfHeader(first);
  const isKnownHeader = isQuoted || sipFields.includes(first.name) || headerId(first.name) !== UNKNOWN;
  const canBeSip = protocol !== 'diameter' && wrongHeader === undefined;
  const unknownAvp = protocol === 'sip' ? first : unknownAvpOf(steps, !canBeSip);
  const inDiameter = unknownAvp === undefined;
  if (!canBeSip && !inDiameter) throw protocol === 'diameter' ? faultOfAvp(unknownAvp) : wrongHeader!;
  // What both could have is the AVP that we know rather than the header that nobody knows.
  return { text, steps, inSip: canBeSip && (isKnownHeader || !inDiameter), inDiameter };
}

function stepsOf(text: string): { readonly steps: readonly PathStep[]; readonly isQuoted: boolean } {
  const steps: PathStep[] = [];
  let isQuoted = false;
  let end = 0;
  STEP.lastIndex = 0;
  while (end < text.length) {
    const found = STEP.exec(text);
    if (found === null) throw new PatternError([], `'${text}' is no field`, SHAPE_MEND);
    const [whole, quoted, plain, index] = found;
    if (steps.length === 0) isQuoted = quoted !== undefined;
    steps.push({ name: (quoted ?? plain)!, index: index === undefined ? undefined : Number(index) });
    end = STEP.lastIndex;
    if (end === text.length && whole.endsWith('.')) throw new PatternError([], `'${text}' ends in a dot`, SHAPE_MEND);
  }
  return { steps, isQuoted };
}

function faultOfHeader({ name }: PathStep): PatternError | undefined {
  if (sipFields.includes(name) || headerId(name) !== UNKNOWN) return undefined;
  const wrong = faultOfToken(name);
  if (wrong !== undefined) return wrong;
  // Short names lie close to one another: of those only one edit is taken for a slip.
  const known = [...sipFields, ...headerNames];
  const near = nearestWord(name, known, name.length < 8 ? 1 : 2);
  if (near === undefined) return undefined;
  return new PatternError(
    [],
    `there is no header ${name}`,
    `did you mean '${near}'? Another header: "${name}" in quotes`,
  );
}

function faultOfToken(name: string): PatternError | undefined {
  if (TOKEN.test(name)) return undefined;
  return new PatternError([], `'${name}' cannot be a header`, SHAPE_MEND);
}

function unknownAvpOf(steps: readonly PathStep[], withForeign: boolean): PathStep | undefined {
  return steps.find(({ name }, depth) => !isAvp(name, withForeign) && !(depth === 0 && diameterFields.includes(name)));
}

function faultOfAvp({ name }: PathStep): PatternError {
  const near = nearestWord(name, [...diameterFields, ...avpNames]);
  const mend = near === undefined ? 'write its name as in the dictionary, or AVP-CODE' : `did you mean '${near}'?`;
  return new PatternError([], `there is no AVP ${name}`, mend);
}

/** Those of foreign applications are read from their file when nothing else fits. */
function isAvp(name: string, withForeign: boolean): boolean {
  if (avpNames.has(name) || /^AVP-\d{1,10}$/.test(name)) return true;
  if (!withForeign) return false;
  for (const avp of foreignNames().avps.values()) if (avp.name === name) return true;
  return false;
}
