/** Why an HSS refuses a Sh request (TS 29.329 6.2), in numbers for the AS and in words for the trace. */
import type { DiameterError } from '../../diameter/index.js';

const experimental = <const C extends number>(experimentalResultCode: C) =>
  ({ kind: 'experimental', experimentalResultCode }) as const;

export const shRefusals = {
  userDataNotAvailable: experimental(4100),
  userUnknown: experimental(5001),
  identitiesDontMatch: experimental(5002),
  tooMuchData: experimental(5008),
  userDataNotRecognized: experimental(5100),
  operationNotAllowed: experimental(5101),
  cannotBeRead: experimental(5102),
  cannotBeModified: experimental(5103),
  cannotBeNotified: experimental(5104),
  outOfSync: experimental(5105),
  subscribedDataAbsent: experimental(5106),
  dsaiNotAvailable: experimental(5108),
  unableToComply: { kind: 'error', resultCode: 5012 },
} as const;

export type ShRefusal =
  | { readonly kind: 'experimental'; readonly experimentalResultCode: number }
  | (DiameterError & { readonly kind: 'error' });

/** RFC 6733 7.1.5: an example of what is missing. */
export function missingKey(name: NonNullable<DiameterError['failedAvp']>['name']): ShRefusal {
  return { kind: 'error', resultCode: 5005, failedAvp: { name, value: '' } };
}

const meanings: Readonly<Record<number, string | undefined>> = {
  4100: 'the HSS does not have that at this moment; give it sh.serving-nodes, or ask for something else',
  5001: 'no such identity is provisioned here; add the subscriber or mend the identity',
  5002: 'User-Name is not the private identity of that public identity',
  5005: 'a key of that data is missing, or User-Identity has none of its identities (TS 29.328 7.1, Table 7.6.1)',
  5008: 'that is more than sh.data-max allows, or with what the user has already more than 256 pieces or 16 times that',
  5012: 'it cannot be done',
  5100: 'the user data are no Sh-Data that could be read, or not of that Data-Reference',
  5101: 'that cannot be done with that data of that kind of identity (TS 29.328 Table 7.6.1)',
  5102: 'the permissions of the HSS (sh.permissions) do not let this AS read that',
  5103: 'the permissions of the HSS (sh.permissions) do not let this AS update that',
  5104: 'the permissions of the HSS (sh.permissions) do not let this AS subscribe to that',
  5105: 'the sequence number does not follow the one that is stored: read the data again, then update them',
  5106: 'there is no repository data of that service to subscribe to',
  5108: 'no service of that identity which names this AS has that tag; compare it with dsai of the subscriber file',
};

/** `Experimental-Result-Code 5105: the sequence number …` */
export function describeRefusal(refusal: ShRefusal): string {
  const [name, code] =
    refusal.kind === 'experimental'
      ? ['Experimental-Result-Code', refusal.experimentalResultCode]
      : ['Result-Code', refusal.resultCode];
  const meaning = meanings[code];
  return `${name} ${code}${meaning === undefined ? '' : `: ${meaning}`}`;
}
