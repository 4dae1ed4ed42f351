/**
 * The user profile of Cx as XML (TS 29.228 Annex B, E; schema CxDataType): written by the HSS, read by the S-CSCF.
 * Read and written here: IMSSubscription, PrivateID, ServiceProfile, PublicIdentity with BarringIndication and Identity.
 * Filter criteria are skipped, as everything that is not known (Annex B: every type may be extended).
 */
import { XMLParser } from 'fast-xml-parser';
import type { PublicIdentity, Subscriber } from './subscriber.js';

export interface UserProfile {
  readonly privateIdentity: string;
  /** Every identity of the implicit registration set, in the document's order (REG-80). */
  readonly publicIdentities: readonly PublicIdentity[];
}

/** The document for SAA; one service profile. */
export function formatUserData(subscriber: Subscriber): string {
  const identities = subscriber.publicIdentities.map(formatIdentity).join('');
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<IMSSubscription><PrivateID>${escapeText(subscriber.privateIdentity)}</PrivateID>` +
    `<ServiceProfile>${identities}</ServiceProfile></IMSSubscription>`
  );
}

function formatIdentity(identity: PublicIdentity): string {
  const barring = identity.barred ? '<BarringIndication>1</BarringIndication>' : '';
  return `<PublicIdentity>${barring}<Identity>${escapeText(identity.uri)}</Identity></PublicIdentity>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  jPath: false, // nothing here asks for the path of an element, and to write it takes half of the time
  isArray: (name) => name === 'ServiceProfile' || name === 'PublicIdentity',
});

interface Document {
  readonly IMSSubscription?: {
    readonly PrivateID?: string;
    readonly ServiceProfile?: readonly {
      readonly PublicIdentity?: readonly { readonly BarringIndication?: string; readonly Identity?: string }[];
    }[];
  };
}

/** Reads a document; `undefined` where it is no profile (then the registration cannot be served: TS 29.228 6.6). */
export function parseUserData(xml: string): UserProfile | undefined {
  let document: Document;
  try {
    document = parser.parse(xml) as Document;
  } catch {
    return undefined;
  }
  const subscription = document.IMSSubscription;
  if (typeof subscription !== 'object' || typeof subscription.PrivateID !== 'string') return undefined;
  const publicIdentities: PublicIdentity[] = [];
  for (const profile of subscription.ServiceProfile ?? []) {
    for (const identity of profile.PublicIdentity ?? []) {
      if (typeof identity.Identity !== 'string') continue;
      publicIdentities.push({
        uri: identity.Identity.trim(),
        barred: identity.BarringIndication === '1' || identity.BarringIndication === 'true',
      });
    }
  }
  if (publicIdentities.length === 0) return undefined;
  return { privateIdentity: subscription.PrivateID.trim(), publicIdentities };
}
