/** Fields of a session description: `sdp`, `sdp.version`, `sdp.audio.direction`, `sdp.audio[2].port`. */
import {
  directionOf,
  formatPreconditionLine,
  type MediaDescription,
  parseSdp,
  type SessionDescription,
} from '../sdp/index.js';
import { bodyOfType, type SipMessage } from '../sip/index.js';
import type { PathStep } from './field-path.js';
import { suggest } from './nearest-word.js';
import { PatternError } from './pattern-error.js';

type Session = SessionDescription;
type Values = readonly (string | number | undefined)[];

const sessionFields: Readonly<Record<string, (session: Session) => Values>> = {
  version: ({ origin }) => [origin.sessionVersion],
  'session-id': ({ origin }) => [origin.sessionId],
  username: ({ origin }) => [origin.username],
  address: ({ connection }) => [connection?.ip],
  media: ({ media }) => media.map(({ type }) => type),
};

const preconditionLines =
  (kind: 'curr' | 'des' | 'conf') =>
  ({ preconditions }: MediaDescription): Values =>
    preconditions
      .map(formatPreconditionLine)
      .flatMap((line) => (line.startsWith(`${kind}:`) ? line.slice(kind.length + 1) : []));

const mediaFields: Readonly<Record<string, (media: MediaDescription, session: Session) => Values>> = {
  direction: (media, session) => [directionOf(session, media)],
  port: ({ port }) => [port],
  protocol: ({ protocol }) => [protocol],
  payloads: ({ payloads }) => String(payloads ?? '').split(' '),
  /** Encoding names: `AMR-WB`, `telephone-event`. */
  codec: ({ rtp }) => rtp.map(({ codec }) => codec),
  address: ({ connection }, session) => [connection?.ip ?? session.connection?.ip],
  bandwidth: ({ bandwidth = [] }) => bandwidth.map(({ limit }) => limit),
  ptime: ({ ptime }) => [ptime],
  curr: preconditionLines('curr'),
  des: preconditionLines('des'),
  conf: preconditionLines('conf'),
};

/** RFC 8866 8.2.2 */
const mediaTypes: readonly string[] = ['audio', 'video', 'text', 'application', 'message', 'image'];

/** Throws PatternError for fields that no description has. `steps` are those after `sdp`. */
export function checkSdpPath(steps: readonly PathStep[]): void {
  const [first, second] = steps;
  if (first === undefined) return;
  const isMedia = mediaTypes.includes(first.name);
  const known = [...Object.keys(sessionFields), ...mediaTypes];
  const wrong = isMedia ? second : Object.hasOwn(sessionFields, first.name) ? undefined : first;
  if (wrong === undefined || (isMedia && Object.hasOwn(mediaFields, wrong.name))) return;
  const what = `session descriptions have no field ${isMedia ? `${first.name}.` : ''}${wrong.name}`;
  throw new PatternError([], what, suggest(wrong.name, isMedia ? Object.keys(mediaFields) : known));
}

/** All values of the field; empty where the message has no session description or that has no such field. */
export function readSdp(message: SipMessage, [first, second]: readonly PathStep[]): readonly string[] {
  const body = bodyOfType(message, 'application/sdp');
  if (body === undefined) return [];
  if (first === undefined) return [body];
  const session = parseSdp(body);
  if (session === undefined) return [];
  if (Object.hasOwn(sessionFields, first.name)) return texts(sessionFields[first.name]!(session));
  const all = session.media.filter(({ type }) => type === first.name);
  const sections = first.index === undefined ? all : all.slice(first.index - 1, first.index);
  if (second === undefined) return sections.map(({ type }) => type);
  if (!Object.hasOwn(mediaFields, second.name)) return [];
  return sections.flatMap((media) => texts(mediaFields[second.name]!(media, session)));
}

function texts(values: Values): readonly string[] {
  return values.filter((value) => value !== undefined && value !== '').map(String);
}
