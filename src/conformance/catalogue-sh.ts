/** Sh: what application servers ask of an HSS and are told by it. TS 29.328, TS 29.329. The rules go by names. */
import type { CatalogueEntry } from './catalogue-entry.js';

export const shRules: readonly CatalogueEntry[] = [
  {
    id: 'SH-HEAD',
    clause: 'TS 29.329 5.3, 6.1',
    title: 'Every message of Sh names session, application, origin and, as a request, the user, and keeps no state',
    binds: ['as', 'hss'],
    status: 'done',
  },
  {
    id: 'SH-UDR',
    clause: 'TS 29.328 6.1.1, 7.6',
    title:
      'UDA brings the data that were asked for, and none that the HSS does not have: of an HSS without serving nodes their location is what the topology says, and user state that none was asked',
    binds: ['as', 'hss'],
    status: 'done',
  },
  {
    id: 'SH-PUR',
    clause: 'TS 29.328 6.1.2',
    title:
      'PUR adds, changes or removes repository data, or switches a PSI or services (DSAI), as a whole or not at all',
    binds: ['as', 'hss'],
    status: 'done',
  },
  {
    id: 'SH-SEQ',
    clause: 'TS 29.328 6.1.2.1',
    title:
      'Repository data begin with sequence number 0 and go up by one with each change, after 65535 to 1; else 5105',
    binds: ['as', 'hss'],
    status: 'done',
  },
  {
    id: 'SH-SNR',
    clause: 'TS 29.328 6.1.3',
    title: 'SNR begins and ends the notifications of an AS, and brings the data at once where it asks for them',
    binds: ['as', 'hss'],
    status: 'done',
  },
  {
    id: 'SH-EXPIRY',
    clause: 'TS 29.328 6.1.3.1',
    title: 'A subscription ends at its Expiry-Time, which the HSS may make earlier than was asked',
    binds: ['hss'],
    status: 'done',
  },
  {
    id: 'SH-PNR',
    clause: 'TS 29.328 6.1.4',
    title:
      'Each change is told once to each AS that is subscribed to it, but for the one that made it, and not again where no answer comes (RFC 6733 5.5.4: no second way); an AS refuses what it did not ask for',
    binds: ['hss', 'as'],
    status: 'done',
  },
  {
    id: 'SH-PERMISSION',
    clause: 'TS 29.328 6.2',
    title: 'An AS reads, updates and subscribes to what the permissions of the HSS let it, for all users alike',
    binds: ['hss'],
    status: 'done',
  },
  {
    id: 'SH-ORDER',
    clause: 'TS 29.328 6.1.1.1, 6.1.2.1, 6.1.3.1',
    title: 'The HSS checks permission, user, private identity, kind of identity and then the data',
    binds: ['hss'],
    status: 'done',
  },
  {
    id: 'SH-RESULT',
    clause: 'TS 29.329 6.2',
    title: 'An answer has one result, a code of Sh in the commands that know it',
    binds: ['hss', 'as'],
    status: 'done',
  },
];
