/** Where the specifications say what a node does with a message: by what it is and who gets it. */

/** A procedure by the role of the receiver; `other` for the rest. */
type ByRole = Readonly<Partial<Record<string, string>>>;

const REQUESTS: Readonly<Record<string, ByRole>> = {
  REGISTER: {
    'p-cscf': 'TS 24.229 5.2.2',
    'i-cscf': 'TS 24.229 5.3.1.2',
    's-cscf': 'TS 24.229 5.4.1.2',
    as: 'TS 24.229 5.7.1.1',
  },
  SUBSCRIBE: { 's-cscf': 'TS 24.229 5.4.2.1.1', other: 'RFC 6665 4.2.1' },
  NOTIFY: {
    ue: 'TS 24.229 5.1.1.3',
    'p-cscf': 'TS 24.229 5.2.3',
    as: 'TS 24.229 5.7.1.1',
    other: 'RFC 6665 4.1.3',
  },
  BYE: {
    ue: 'TS 24.229 5.1.5',
    'p-cscf': 'TS 24.229 5.2.8',
    's-cscf': 'TS 24.229 5.4.5',
    other: 'RFC 3261 15.1.2',
  },
  ACK: { other: 'RFC 3261 13.2.2.4' },
  CANCEL: { other: 'RFC 3261 9.2' },
  PRACK: { other: 'RFC 3262 3' },
  UPDATE: { other: 'RFC 3311 5.2' },
};

/** Every other request, within dialogues and without. */
const ANY_REQUEST: ByRole = {
  ue: 'TS 24.229 5.1.2A.2, 5.1.4',
  'p-cscf': 'TS 24.229 5.2.6',
  'i-cscf': 'TS 24.229 5.3.2',
  's-cscf': 'TS 24.229 5.4.3',
  as: 'TS 24.229 5.7.1',
};

const RESPONSES: Readonly<Record<string, ByRole>> = {
  REGISTER: {
    ue: 'TS 24.229 5.1.1',
    'p-cscf': 'TS 24.229 5.2.2',
    'i-cscf': 'TS 24.229 5.3.1',
    's-cscf': 'TS 24.229 5.4.1.7',
  },
  SUBSCRIBE: { ue: 'TS 24.229 5.1.1.3', 'p-cscf': 'TS 24.229 5.2.3', other: 'RFC 6665 4.1.2' },
  NOTIFY: { 's-cscf': 'TS 24.229 5.4.2.1.2', other: 'RFC 6665 4.2.2' },
};

const ANY_RESPONSE: ByRole = {
  ue: 'TS 24.229 5.1.3',
  'p-cscf': 'TS 24.229 5.2.6',
  'i-cscf': 'TS 24.229 5.3.2',
  's-cscf': 'TS 24.229 5.4.3',
  as: 'TS 24.229 5.7.1',
};

/** By the first two letters of the command's name, request and answer alike. */
const DIAMETER: Readonly<Record<string, string>> = {
  CE: 'RFC 6733 5.3',
  DW: 'RFC 6733 5.5',
  DP: 'RFC 6733 5.4',
  UA: 'TS 29.228 6.1.1',
  SA: 'TS 29.228 6.1.2',
  RT: 'TS 29.228 6.1.3',
  LI: 'TS 29.228 6.1.4',
  PP: 'TS 29.228 6.2.1',
  MA: 'TS 29.228 6.3.1',
  UD: 'TS 29.328 6.1.1',
  PU: 'TS 29.328 6.1.2',
  SN: 'TS 29.328 6.1.3',
  PN: 'TS 29.328 6.1.4',
};

/**
 * Empty where none is known.
 * @param summary as a message's record has it: `REGISTER sip:…`, `401 Unauthorized (REGISTER)`, `UAA 2001`
 * @param receiver its role, where the topology has it
 */
export function procedureClause(protocol: string, summary: string, receiver: string | undefined): string {
  const first = summary.split(' ', 1)[0]!;
  if (protocol === 'diameter') return (first.length === 3 && DIAMETER[first.slice(0, 2)]) || '';
  if (protocol !== 'sip') return '';
  if (!(Number(first) >= 100)) return of(REQUESTS[first] ?? ANY_REQUEST, receiver);
  const method = /\(([A-Z]+)\)$/.exec(summary)?.[1] ?? '';
  return of(RESPONSES[method] ?? ANY_RESPONSE, receiver);
}

function of(procedures: ByRole, receiver: string | undefined): string {
  return (receiver !== undefined && procedures[receiver]) || (procedures.other ?? 'RFC 3261 8');
}
