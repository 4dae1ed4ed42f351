/** The columns of a CSV file of subscribers, by the keys that a YAML file has for them; both ways. */
import { identityKey } from '../ims/identity/index.js';

/** What a cell holds. A list is separated by spaces. */
type Content = 'text' | 'number' | 'number or text' | 'list' | 'numbers' | 'flag';

interface Column {
  /** Keys of the YAML line, from the outside in. */
  readonly keys: readonly string[];
  readonly content: Content;
}

function text(...keys: readonly string[]): Column {
  return { keys, content: 'text' };
}

/** `identities` and `barred` are read apart. */
const subscriberColumns = {
  count: { keys: ['count'], content: 'number' },
  imsi: text('imsi'),
  msisdn: text('msisdn'),
  'private-identity': text('private-identity'),
  subscription: text('subscription'),
  services: { keys: ['services'], content: 'list' },
  algorithm: text('algorithm'),
  k: text('k'),
  opc: text('opc'),
  op: text('op'),
  topc: text('topc'),
  top: text('top'),
  'res-bits': { keys: ['res-bits'], content: 'number' },
  'ck-bits': { keys: ['ck-bits'], content: 'number' },
  'ik-bits': { keys: ['ik-bits'], content: 'number' },
  iterations: { keys: ['iterations'], content: 'number' },
  amf: text('amf'),
  sqn: text('sqn'),
  ind: { keys: ['ind'], content: 'number or text' },
  'ind-bits': { keys: ['ind-bits'], content: 'number' },
  'sqn-profile': text('sqn-profile'),
  'res-without-zero-octets': { keys: ['res-without-zero-octets'], content: 'flag' },
  scheme: text('authentication', 'scheme'),
  password: text('authentication', 'password'),
  ha1: text('authentication', 'ha1'),
  realm: text('authentication', 'realm'),
  'digest-algorithm': text('authentication', 'digest-algorithm'),
  qop: { keys: ['authentication', 'qop'], content: 'list' },
  'framed-address': text('authentication', 'framed-address'),
  line: { keys: ['authentication', 'line'], content: 'list' },
  'mandatory-capabilities': { keys: ['capabilities', 'mandatory'], content: 'numbers' },
  'optional-capabilities': { keys: ['capabilities', 'optional'], content: 'numbers' },
  'visited-networks': { keys: ['visited-networks'], content: 'list' },
  'may-register': { keys: ['may-register'], content: 'flag' },
  'loose-route': { keys: ['loose-route'], content: 'flag' },
  ccf: text('charging', 'ccf'),
  'secondary-ccf': text('charging', 'secondary-ccf'),
  ecf: text('charging', 'ecf'),
  'secondary-ecf': text('charging', 'secondary-ecf'),
} as const satisfies Readonly<Record<string, Column>>;

type Name = keyof typeof subscriberColumns;

/** Public identities, separated by spaces; `|` ends an implicit set. `barred` names those of them that are barred. */
const identityColumns = ['identities', 'barred'] as const;

export const columnNames: readonly string[] = [...Object.keys(subscriberColumns), ...identityColumns];

/** The column that has what a YAML line has at these keys. */
export function columnOf(keys: readonly (string | number)[]): string | undefined {
  const [first] = keys;
  if (first === 'identities' || first === 'implicit-sets') return 'identities';
  return Object.entries(subscriberColumns).find(([, column]) =>
    column.keys.every((key, index) => keys[index] === key),
  )?.[0];
}

/** The row as a line of a YAML file; empty cells say nothing. */
export function lineOf(names: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  let identities = '';
  let barred = '';
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    const cell = (cells[index] ?? '').trim();
    if (cell === '') continue;
    if (name === 'identities') identities = cell;
    else if (name === 'barred') barred = cell;
    else put(line, subscriberColumns[name as Name], cell);
  }
  if (identities !== '') addIdentities(line, identities, barred);
  return line;
}

function put(line: Record<string, unknown>, { keys, content }: Column, cell: string): void {
  const [outer, inner] = keys as [string, string?];
  const value = contentOf(cell, content);
  if (inner === undefined) line[outer] = value;
  else line[outer] = { ...(line[outer] as object | undefined), [inner]: value };
}

/** What is no number stays text: the schema says what is wrong with it. */
function contentOf(cell: string, content: Content): unknown {
  switch (content) {
    case 'text':
      return cell;
    case 'number':
    case 'number or text':
      return numberOf(cell);
    case 'list':
      return cell.split(/\s+/);
    case 'numbers':
      return cell.split(/\s+/).map(numberOf);
    case 'flag':
      return cell === 'true' ? true : cell === 'false' ? false : cell;
  }
}

function numberOf(text: string): number | string {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function addIdentities(line: Record<string, unknown>, identities: string, barred: string): void {
  const locked = new Set(barred === '' ? [] : barred.split(/\s+/).map(identityKey));
  const sets = identities
    .split('|')
    .map((set) => set.trim().split(/\s+/))
    .map((set) => set.map((uri) => (locked.has(identityKey(uri)) ? { uri, barred: true } : uri)));
  if (sets.length === 1) line.identities = sets[0];
  else line['implicit-sets'] = sets;
}

/** The cells of a line, in the order of `names`; the key of the line that no column has. */
export function cellsOf(line: Readonly<Record<string, unknown>>, names: readonly string[]): readonly string[] | string {
  const cells = new Map<string, string>();
  for (const [key, value] of Object.entries(line)) {
    const column = key === 'identities' || key === 'implicit-sets' ? undefined : cellOf([key], value, cells);
    if (column !== undefined) return column;
  }
  const written = identityCells(line);
  if (typeof written === 'string') return written;
  for (const [name, cell] of Object.entries(written)) cells.set(name, cell);
  return names.map((name) => cells.get(name) ?? '');
}

/** Undefined where the value has its column. */
function cellOf(keys: readonly string[], value: unknown, cells: Map<string, string>): string | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) {
      const lost = cellOf([...keys, key], inner, cells);
      if (lost !== undefined) return lost;
    }
    return undefined;
  }
  const column = columnOf(keys);
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  const isList = column !== undefined && isListed(subscriberColumns[column as Name].content);
  if (column === undefined || !texts.every((text) => isCell(text, isList))) return keys.join('.');
  cells.set(column, texts.join(' '));
  return undefined;
}

function isListed(content: Content): boolean {
  return content === 'list' || content === 'numbers';
}

/** It is read as it is written: spaces around it are cut off, and those within a list part it. */
function isCell(text: string, isOfList: boolean): boolean {
  return text !== '' && text === text.trim() && !(isOfList && /\s/.test(text));
}

/** Of an identity that is more than its URI and barred the key that is lost. */
function identityCells(line: Readonly<Record<string, unknown>>): { identities: string; barred: string } | string {
  const barred: string[] = [];
  const sets = (line['implicit-sets'] as readonly { profiles: readonly Record<string, unknown>[] }[] | undefined) ?? [
    { profiles: [line] },
  ];
  const texts: string[] = [];
  for (const { profiles } of sets) {
    const [profile] = profiles;
    if (profiles.length !== 1 || (profile !== line && (profile?.services as unknown[] | undefined)?.length !== 0)) {
      return 'implicit-sets.profiles';
    }
    const uris: string[] = [];
    for (const identity of (profile?.identities ?? []) as readonly (string | Record<string, unknown>)[]) {
      const { uri, barred: isBarred, ...more } = typeof identity === 'string' ? { uri: identity } : identity;
      const [lost] = Object.keys(more);
      if (lost !== undefined) return `identities.${lost}`;
      // A regular expression may have what ends a set, or a space.
      if (!isCell(uri as string, true) || (uri as string).includes('|')) return 'identities.uri';
      uris.push(uri as string);
      if (isBarred === true) barred.push(uri as string);
    }
    texts.push(uris.join(' '));
  }
  return { identities: texts.join(' | '), barred: barred.join(' ') };
}
