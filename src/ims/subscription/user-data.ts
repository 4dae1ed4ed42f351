/**
 * The user profile of Cx as XML (TS 29.228 Annex B, E; schema CxDataType): written by the HSS, read by the S-CSCF.
 * Read and written here: IMSSubscription, PrivateID, ServiceProfile, PublicIdentity with BarringIndication and Identity.
 * Filter criteria are skipped, as everything that is not known (Annex B: every type may be extended).
 */
import type { PublicIdentity, Subscriber } from './subscriber.js';
import { parseXml, type XmlElement } from './xml.js';

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

/** Reads a document; `undefined` where it is no profile (then the registration cannot be served: TS 29.228 6.6). */
export function parseUserData(xml: string): UserProfile | undefined {
  const subscription = parseXml(xml);
  if (subscription?.name !== 'IMSSubscription') return undefined;
  const privateIdentity = childOf(subscription, 'PrivateID')?.text;
  if (privateIdentity === undefined || privateIdentity === '') return undefined;
  const publicIdentities: PublicIdentity[] = [];
  for (const profile of subscription.children) {
    if (profile.name !== 'ServiceProfile') continue;
    for (const identity of profile.children) {
      if (identity.name !== 'PublicIdentity') continue;
      const uri = childOf(identity, 'Identity')?.text;
      const barring = childOf(identity, 'BarringIndication')?.text;
      if (uri !== undefined) publicIdentities.push({ uri, barred: barring === '1' || barring === 'true' });
    }
  }
  return publicIdentities.length === 0 ? undefined : { privateIdentity, publicIdentities };
}

function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}
