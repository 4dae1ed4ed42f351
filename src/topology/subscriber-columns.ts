/** The columns of a CSV file of subscribers, by the keys that a YAML file has for them; both ways. */
import { canonicalIdentity } from '../ims/identity/index.js';

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
export const subscriberColumns = {
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
  ccf: text('charging', 'ccf'),
  'secondary-ccf': text('charging', 'secondary-ccf'),
  ecf: text('charging', 'ecf'),
  'secondary-ecf': text('charging', 'secondary-ecf'),
} as const satisfies Readonly<Record<string, Column>>;

type Name = keyof typeof subscriberColumns;

/** Public identities, separated by spaces; `|` ends an implicit set. `barred` names those of them that are barred. */
export const identityColumns = ['identities', 'barred'] as const;

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
  const locked = new Set(barred === '' ? [] : barred.split(/\s+/).map((uri) => canonicalIdentity(uri) ?? uri));
  const sets = identities
    .split('|')
    .map((set) => set.trim().split(/\s+/))
    .map((set) => set.map((uri) => (locked.has(canonicalIdentity(uri) ?? uri) ? { uri, barred: true } : uri)));
  if (sets.length === 1) line.identities = sets[0];
  else line['implicit-sets'] = sets;
}
