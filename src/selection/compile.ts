/** Patterns as predicates. Asked for every message of a run, so the start line decides before anything is parsed. */
import { type FieldPath, type FieldProtocol, parseFieldPath } from './field-path.js';
import { checkMatcher, describeMatcher, matchesValue } from './matcher.js';
import { type MessageWord, type Mismatch, parseMessageWord } from './message-word.js';
import type { Matcher, MessagePattern, SeenMessage } from './pattern.js';
import { PatternError } from './pattern-error.js';
import { checkRegInfoPath } from './reg-info-field.js';
import { checkSdpPath } from './sdp-field.js';
import { comparable, valuesAt } from './seen.js';

export interface CompiledPattern {
  /** Undefined: of any protocol. */
  readonly protocol: SeenMessage['protocol'] | undefined;
  /** Requests only, responses and answers only (false), or either (undefined). */
  readonly isRequest: boolean | undefined;
  matches(seen: SeenMessage): boolean;
  /** Why it does not match; empty where it does. Of a message of another protocol only that is told. */
  mismatches(seen: SeenMessage): readonly Mismatch[];
  /** `200 REGISTER from pcscf1 to ue1 with Contact.expires 600` */
  describe(): string;
}

interface Field {
  readonly path: FieldPath;
  readonly matcher: Matcher;
}

/** Throws PatternError, with the place in the pattern and the nearest right word. */
export function compilePattern(pattern: MessagePattern): CompiledPattern {
  const { message, from, to } = pattern;
  const word = message === undefined ? undefined : under(['message'], () => parseMessageWord(message));
  const protocol = word?.protocol;
  const fields = Object.entries(pattern.with ?? {}).map(([text, matcher]) =>
    under(['with', text], () => readableField(text, matcher, protocol)),
  );
  return new Pattern(message?.trim().replaceAll(/\s+/g, ' '), word, from, to, fields);
}

function under<TResult>(key: readonly string[], work: () => TResult): TResult {
  try {
    return work();
  } catch (error) {
    throw error instanceof PatternError ? error.under(...key) : error;
  }
}

function readableField(text: string, matcher: Matcher, protocol: SeenMessage['protocol'] | undefined): Field {
  if (protocol !== undefined && protocol !== 'sip' && protocol !== 'diameter') {
    throw new PatternError([], `${protocol.toUpperCase()} has no fields`, 'leave it out');
  }
  const path = parseFieldPath(text, protocol satisfies FieldProtocol | undefined);
  if (path.inSip) checkBodyPath(path);
  checkMatcher(matcher);
  return { path, matcher };
}

/** What stands in bodies has names that are known. */
function checkBodyPath({ steps: [first, ...rest] }: FieldPath): void {
  if (first!.name === 'sdp') checkSdpPath(rest);
  else if (first!.name === 'reginfo') checkRegInfoPath(rest);
}

class Pattern implements CompiledPattern {
  constructor(
    private readonly message: string | undefined,
    private readonly word: MessageWord | undefined,
    private readonly from: readonly string[] | undefined,
    private readonly to: readonly string[] | undefined,
    private readonly fields: readonly Field[],
  ) {}

  get protocol(): SeenMessage['protocol'] | undefined {
    return this.word?.protocol;
  }

  get isRequest(): boolean | undefined {
    return this.word?.isRequest;
  }

  matches(seen: SeenMessage): boolean {
    const { word, from, to, fields } = this;
    if (from !== undefined && !from.includes(seen.fromNode)) return false;
    if (to !== undefined && !to.includes(seen.toNode)) return false;
    if (word !== undefined && !word.fits(seen)) return false;
    for (const { path, matcher } of fields) {
      if (!canHave(seen, path) || !matchesValue(matcher, comparable(seen, path))) return false;
    }
    return true;
  }

  mismatches(seen: SeenMessage): readonly Mismatch[] {
    const { word, from, to, fields } = this;
    const found: Mismatch[] = [...(word?.mismatches(seen) ?? [])];
    if (found[0]?.what === 'protocol') return found;
    if (from !== undefined && !from.includes(seen.fromNode)) {
      found.push({ what: 'from', expected: from.join(' or '), actual: seen.fromNode });
    }
    if (to !== undefined && !to.includes(seen.toNode)) {
      found.push({ what: 'to', expected: to.join(' or '), actual: seen.toNode });
    }
    for (const { path, matcher } of fields) {
      if (canHave(seen, path) && matchesValue(matcher, comparable(seen, path))) continue;
      const values = valuesAt(seen, path);
      const actual = values.length === 0 ? undefined : values.join(', ');
      found.push({ what: path.text, expected: describeMatcher(matcher), actual });
    }
    return found;
  }

  describe(): string {
    const { message = 'any message', from, to, fields } = this;
    const between = `${from === undefined ? '' : ` from ${from.join(' or ')}`}${to === undefined ? '' : ` to ${to.join(' or ')}`}`;
    const conditions = fields.map(({ path, matcher }) => `${path.text} ${describeMatcher(matcher)}`).join(' and ');
    return `${message}${between}${conditions === '' ? '' : ` with ${conditions}`}`;
  }
}

/** What cannot have the field at all does not match, not even where the field is to be absent. */
function canHave({ protocol }: SeenMessage, { inSip, inDiameter }: FieldPath): boolean {
  return (protocol === 'sip' && inSip) || (protocol === 'diameter' && inDiameter);
}
