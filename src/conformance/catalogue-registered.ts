/** REG-60 to REG-93: choice of S-CSCF, life and end of registrations, identity sets, reg-event. TS 24.229 5.3, 5.4; TS 29.228. */
import type { CatalogueEntry } from './catalogue-entry.js';

export const registeredRules: readonly CatalogueEntry[] = [
  {
    id: 'REG-60',
    clause: 'TS 29.228 6.7, TS 24.229 5.3.1.2',
    title:
      'S-CSCFs are chosen by the names of the HSS, else by all mandatory and most optional capabilities, equal ones in turn',
    binds: ['i-cscf'],
    status: 'done',
  },
  {
    id: 'REG-61',
    clause: 'TS 24.229 5.3.1.3, TS 29.228 8.1.1, 6.1.1',
    title:
      'An S-CSCF that cannot be reached is replaced: capabilities are asked for, and the next MAR and SAR overwrite the name',
    binds: ['i-cscf', 'hss'],
    status: 'done',
  },
  {
    id: 'REG-62',
    clause: 'TS 29.228 6.3.1, 6.1.2.1, 8.1',
    title: 'Without reassignment a SAR of another S-CSCF gets 5005, while a MAR overwrites the name',
    binds: ['hss'],
    status: 'done',
  },
  {
    id: 'REG-70',
    clause: 'TS 24.229 5.2.2.2, 5.4.1.2.2',
    title: 'A re-registration without challenge extends the associations and keeps their keys',
    binds: ['p-cscf', 's-cscf', 'ue'],
    status: 'done',
  },
  {
    id: 'REG-71',
    clause: 'TS 24.229 5.1.1.5.1, 5.2.2.2',
    title:
      'A re-registration with challenge is answered over a new set of associations, to which all moves after the 200',
    binds: ['p-cscf', 'ue'],
    status: 'done',
  },
  {
    id: 'REG-72',
    clause: 'TS 24.229 5.4.1.4',
    title:
      'De-registration removes what is bound (481 otherwise), ends its dialogs, tells the HSS with the last binding, and lists expires=0',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-73',
    clause: 'TS 24.229 5.4.1.5, TS 29.228 A.4.4.1',
    title: 'What is not refreshed expires at the S-CSCF without grace, and the HSS is told',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-74',
    clause: 'TS 24.229 5.4.1.5, 5.4.5.1.2, TS 29.228 6.1.3',
    title:
      'A de-registration by the network is answered at once, notified with what the UE shall do, and releases its sessions',
    binds: ['s-cscf'],
    status: 'done',
    unconfirmed: 'no NOTIFY of an end under NEW_SERVER_ASSIGNED: subscriptions end by probation (RFC 6665 4.1.3)',
  },
  {
    id: 'REG-75',
    clause: 'TS 24.229 5.4.1.6',
    title: 'The network can shorten a registration so that the UE authenticates again',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-76',
    clause: 'TS 24.229 5.2.5.2',
    title: 'When the last identity ends the P-CSCF drops the associations, after the NOTIFY has reached the UE',
    binds: ['p-cscf'],
    status: 'done',
  },
  {
    id: 'REG-80',
    clause: 'TS 29.228 6.5, B.2, TS 24.229 5.4.1.2.2, 5.4.1.2.2F',
    title:
      'One identity registers, de-registers and waits for its whole implicit set, whose first non-barred one is the default',
    binds: ['hss', 's-cscf'],
    status: 'done',
  },
  {
    id: 'REG-81',
    clause: 'TS 24.229 5.4.3.2, 5.4.3.3, 5.4.1.2.2F',
    title: 'A barred identity may register only: it can neither call nor be called, and is not listed',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-82',
    clause: 'TS 29.228 B.2.1',
    title: 'Identities of one alias group share their service data',
    binds: ['hss', 's-cscf'],
    status: 'done',
  },
  {
    id: 'REG-83',
    clause: 'TS 23.003 13.5, TS 29.228 7.2b, RFC 5002',
    title: 'Wildcarded identities match by their extended regular expression, behind distinct ones',
    binds: ['hss', 'i-cscf', 's-cscf'],
    status: 'done',
  },
  {
    id: 'REG-90',
    clause: 'TS 24.229 5.4.2.1, RFC 3680 4',
    title: 'A SUBSCRIBE to reg is accepted from the user, its P-CSCF and its application servers, and notified at once',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-91',
    clause: 'RFC 3680 5, TS 24.229 5.4.2.1.2',
    title:
      'The document lists every non-barred identity of the set with stable ids, full first, its version rising by one',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-92',
    clause: 'RFC 3680 5.1, TS 24.229 5.4.2.1.2',
    title: 'States and events of registrations and contacts come from the tables of the package',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-93',
    clause: 'RFC 3680 4.7.1, 4.10, RFC 6665 4.2.2, TS 24.229 5.4.2.1.2',
    title: 'The subscription ends with the last identity; until then at most one NOTIFY in 5 s',
    binds: ['s-cscf'],
    status: 'done',
  },
];
