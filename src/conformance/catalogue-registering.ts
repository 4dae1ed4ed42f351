/** REG-01 to REG-49: identities, and REGISTER at UE, P-CSCF, I-CSCF and S-CSCF. TS 24.229 5.1.1, 5.2.2, 5.3.1, 5.4.1. */
import type { CatalogueEntry } from './catalogue-entry.js';

export const registeringRules: readonly CatalogueEntry[] = [
  {
    id: 'REG-01',
    clause: 'TS 23.003 13.2, 13.3, 13.4B',
    title: 'Home domain, IMPI and temporary IMPU come from the IMSI of a USIM, or from the files of an ISIM',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-02',
    clause: 'TS 23.003 13.4B, TS 24.229 5.1.1.1A',
    title: 'The temporary IMPU is used to register only, is barred, and is not in P-Associated-URI',
    binds: ['ue', 's-cscf', 'hss'],
    status: 'done',
  },
  {
    id: 'REG-03',
    clause: 'TS 23.003 13.4, TS 29.228 6.1',
    title: 'Public identities are compared in a canonical form: no port, parameters, headers or visual separators',
    binds: ['i-cscf', 's-cscf', 'hss'],
    status: 'done',
  },
  {
    id: 'REG-04',
    clause: 'RFC 7254, RFC 5626 4.1, TS 24.229 5.1.1.2.1',
    title: 'The UE names its IMEI as +sip.instance in Contact',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-10',
    clause: 'TS 24.229 5.1.1.2.1',
    title:
      'The first REGISTER goes unprotected to the P-CSCF with home domain, IMPU, Contact and its feature tags, Expires 600000 and Supported: path',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-11',
    clause: 'TS 24.229 5.1.1.2.2, RFC 3329 2.3.1',
    title:
      'IMS-AKA adds Authorization with the IMPI and empty nonce and response, Security-Client, and sec-agree in Require and Proxy-Require',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-12',
    clause: 'TS 24.229 5.1.1.5.1, RFC 2617 3.2.2, RFC 3261 10.2',
    title:
      'A challenge is checked and answered with the same Call-ID, CSeq one higher, over the security association that it agreed',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-13',
    clause: 'TS 24.229 5.1.1.2.1, 5.1.1.5.1, 5.1.2A.1.1',
    title:
      'From the 200 the UE keeps expiry, default public identity, Service-Route and GRUUs, and what it asks of keep-alives',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-14',
    clause: 'TS 24.229 5.1.2A.1.1, 5.1.1.2.2, TS 33.203 7.1, RFC 3608 5',
    title:
      'Later requests preload the P-CSCF and then Service-Route in order, with the protected port in Via and Contact',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-15',
    clause: 'TS 24.229 5.1.1.4.1, 5.1.1.4.2, RFC 3261 10.2.4',
    title: 'The UE registers again 600 s before the end, or at half of up to 1200 s, with the credentials of last time',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-16',
    clause: 'TS 24.229 5.1.1.2.1, 5.1.1.5.12, RFC 5626 4.5, RFC 3261 20.33, 10.2.8',
    title:
      'Each refusal of a REGISTER has its reaction: Min-Expires, no retry, another P-CSCF, back-off, Retry-After, at most two bad challenges',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-17',
    clause: 'TS 24.229 5.1.1.3',
    title: 'After its first 200 the UE subscribes to the state of its registration',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-18',
    clause: 'TS 24.229 5.1.1.6, RFC 3261 10.2.2',
    title: 'A UE de-registers with Expires 0, then drops what belongs to the contact',
    binds: ['ue'],
    status: 'done',
  },
  {
    id: 'REG-19',
    clause: 'TS 33.203 7.1, RFC 3581 4',
    title: 'Over an association the response goes to the protected server port, whatever rport says',
    binds: ['p-cscf', 'ue'],
    status: 'done',
    unconfirmed: 'that rport does not redirect it',
  },
  {
    id: 'REG-20',
    clause: 'TS 24.229 5.2.2.1, RFC 3327 5.2',
    title:
      'The P-CSCF adds Path, Require: path, charging vector and visited network to a REGISTER, and takes out what a UE may not say',
    binds: ['p-cscf'],
    status: 'done',
  },
  {
    id: 'REG-21',
    clause: 'TS 24.229 7.2A.2, 5.2.2.1, 5.2.2.2, 5.2.2.4',
    title: 'integrity-protected in Authorization is the word of the P-CSCF, whatever the UE wrote',
    binds: ['p-cscf'],
    status: 'done',
  },
  {
    id: 'REG-22',
    clause: 'TS 24.229 5.2.2.2, RFC 3329 2.3.1',
    title:
      'The P-CSCF keeps the security agreement of an unprotected REGISTER, takes it out, and refuses a REGISTER that lacks a needed one',
    binds: ['p-cscf'],
    status: 'done',
  },
  {
    id: 'REG-23',
    clause: 'TS 24.229 5.2.2.2, 7.2A.1',
    title:
      'The P-CSCF takes ck and ik out of a challenge, makes a temporary set of associations, and sends the 401 outside it with Security-Server',
    binds: ['p-cscf'],
    status: 'done',
    unconfirmed: '500 for an AKA challenge without keys',
  },
  {
    id: 'REG-24',
    clause: 'TS 24.229 5.2.2.2, TS 33.203 7.2, 7.3.2',
    title: 'A protected REGISTER must fit its association, its Security-Verify, its first Security-Client and its IMPI',
    binds: ['p-cscf'],
    status: 'done',
  },
  {
    id: 'REG-25',
    clause: 'TS 24.229 5.2.1, 5.2.2.1, 5.2.2.2, 4.5.5, TS 33.203 7.4.2',
    title:
      'From the 200 the P-CSCF stores contact, identities, Service-Route, charging addresses and expiry, for 30 s beyond it',
    binds: ['p-cscf'],
    status: 'done',
  },
  {
    id: 'REG-26',
    clause: 'TS 24.229 5.2.6.3, TS 33.203 7.1',
    title: 'Requests of a UE that is not registered are refused with 403, but for REGISTER and emergencies',
    binds: ['p-cscf'],
    status: 'done',
  },
  {
    id: 'REG-27',
    clause: 'TS 24.229 5.2.3',
    title: 'The P-CSCF subscribes to the state of each registration and lets go of what it says has ended',
    binds: ['p-cscf'],
    status: 'done',
  },
  {
    id: 'REG-28',
    clause: 'TS 24.229 5.2.2.1, RFC 3263 4',
    title: 'The P-CSCF finds the home network by the domain of the Request-URI',
    binds: ['p-cscf'],
    status: 'done',
  },
  {
    id: 'REG-30',
    clause: 'TS 24.229 5.3.1.2, TS 29.228 6.1.1',
    title:
      'The I-CSCF asks the HSS with UAR: IMPI, IMPU of To, visited network, and whether it registers, de-registers or is an emergency',
    binds: ['i-cscf'],
    status: 'done',
  },
  {
    id: 'REG-31',
    clause: 'TS 24.229 5.3.1.2, 5.3.1.3',
    title:
      'REGISTER goes on to the S-CSCF that the HSS named or the I-CSCF chose; nothing but the Request-URI is changed, and nothing is kept',
    binds: ['i-cscf'],
    status: 'done',
  },
  {
    id: 'REG-32',
    clause: 'TS 24.229 5.3.1.2, 5.3.1.3',
    title: 'Each result of UAR and each failure of an S-CSCF has its status: 403, 480, 600, another S-CSCF, 504',
    binds: ['i-cscf'],
    status: 'done',
  },
  {
    id: 'REG-40',
    clause: 'TS 24.229 5.4.1.1, TS 33.203 P.4',
    title: 'The S-CSCF chooses how to authenticate by integrity-protected and by Authorization',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-41',
    clause: 'TS 24.229 5.4.1.2.1, 5.4.1.2.3',
    title:
      'An unprotected REGISTER of a served domain is always challenged, and a challenge that is out is replaced by the new one',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-42',
    clause: 'TS 24.229 5.4.1.2.1A, 5.3.1.3',
    title: 'The challenge carries realm, RAND and AUTN as nonce, algorithm, ik and ck, and starts reg-await-auth',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-43',
    clause: 'TS 24.229 5.4.1.2.2, TS 29.228 6.1.2',
    title:
      'An answer to a challenge counts only for its Call-ID, nonce, identity and algorithm; then the HSS is told and the contact bound with its Path',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-44',
    clause: 'TS 24.229 5.4.1.2.2',
    title: 'Without a challenge out, a protected REGISTER is challenged or accepted by policy',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-45',
    clause: 'TS 24.229 5.4.1.2.2F, 7.2A.5, 7.9A, RFC 5627 5.2, RFC 6809',
    title:
      'The 200 carries Path, Service-Route, P-Associated-URI, every binding with its expiry and parameters, the charging vector with term-ioi, and Feature-Caps where the network has some',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-46',
    clause: 'TS 24.229 5.4.1.2.2, RFC 5626 6',
    title:
      'A new contact of the same IMPI replaces the old one; reg-id without outbound at the first hop is refused with 439',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-47',
    clause: 'TS 24.229 5.4.1.2.2, RFC 3261 10.2.1.1, 10.3',
    title:
      'Expiry is what was asked, at most the maximum; too brief gives 423 with Min-Expires; absent means the default',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-48',
    clause: 'TS 24.229 5.4.1.2.2',
    title: 'More contacts than are allowed give 403',
    binds: ['s-cscf'],
    status: 'done',
  },
  {
    id: 'REG-49',
    clause: 'RFC 3261 10.3 step 7',
    title: 'Within one Call-ID a REGISTER needs a higher CSeq; with another Call-ID it is taken',
    binds: ['s-cscf'],
    status: 'done',
  },
];
