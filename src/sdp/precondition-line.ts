/** The attributes of RFC 3312 4: `a=curr:qos local none`, `a=des:qos mandatory local sendrecv`, `a=conf:qos remote sendrecv`. */

export type PreconditionDirection = 'none' | 'send' | 'recv' | 'sendrecv';
export type PreconditionStrength = 'none' | 'optional' | 'mandatory' | 'failure' | 'unknown';
export type PreconditionStatus = 'local' | 'remote' | 'e2e';

export type PreconditionLine =
  | { readonly kind: 'curr'; readonly status: PreconditionStatus; readonly direction: PreconditionDirection }
  | { readonly kind: 'conf'; readonly status: PreconditionStatus; readonly direction: PreconditionDirection }
  | {
      readonly kind: 'des';
      readonly strength: PreconditionStrength;
      readonly status: PreconditionStatus;
      readonly direction: PreconditionDirection;
    };

const directions: ReadonlySet<string> = new Set(['none', 'send', 'recv', 'sendrecv']);
const strengths: ReadonlySet<string> = new Set(['none', 'optional', 'mandatory', 'failure', 'unknown']);
const statuses: ReadonlySet<string> = new Set(['local', 'remote', 'e2e']);

/** `text` is the attribute without `a=`. Undefined: another attribute, another type than qos, or broken. */
export function parsePreconditionLine(text: string): PreconditionLine | undefined {
  const colon = text.indexOf(':');
  const kind = text.slice(0, colon);
  if (kind !== 'curr' && kind !== 'des' && kind !== 'conf') return undefined;
  const words = text
    .slice(colon + 1)
    .trim()
    .split(' ');
  const strength = kind === 'des' ? words.splice(1, 1)[0] : undefined;
  const [type, status, direction] = words;
  if (words.length !== 3 || type !== 'qos' || !isStatus(status) || !isDirection(direction)) return undefined;
  if (kind !== 'des') return { kind, status, direction };
  return isStrength(strength) ? { kind, strength, status, direction } : undefined;
}

export function formatPreconditionLine(line: PreconditionLine): string {
  const strength = line.kind === 'des' ? `${line.strength} ` : '';
  return `${line.kind}:qos ${strength}${line.status} ${line.direction}`;
}

function isDirection(word: string | undefined): word is PreconditionDirection {
  return word !== undefined && directions.has(word);
}

function isStrength(word: string | undefined): word is PreconditionStrength {
  return word !== undefined && strengths.has(word);
}

function isStatus(word: string | undefined): word is PreconditionStatus {
  return word !== undefined && statuses.has(word);
}
