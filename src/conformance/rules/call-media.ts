/** Session descriptions, preconditions and session timers of a call. RFC 3264, 3312, 4028, 4867; TS 26.114; CALL-20 to CALL-27, CALL-50, CALL-51, SIP-57. */
import { audioCodecs, bandwidthOf, largestPayload } from '../../sdp/audio-codec.js';
import {
  directionOf,
  formatParameters,
  type MediaDescription,
  type MediaDirection,
  parseSdp,
  payloadTypes,
  type SessionDescription,
} from '../../sdp/session-description.js';
import { bodyOfType, lifetimeMs, type SipMessage, ueTimers } from '../../sip/index.js';
import { clauseOf } from '../catalogue.js';
import type { RequestOnWire, ResponseOnWire, Rule, RuleReport, Seen } from '../rule.js';
import { formatsOf } from './rtp-formats.js';
import { isDisplaced, isPlanted, isRequest, isResponse, nameOf, sending } from './sip-hop.js';

const withDescription = [
  'INVITE',
  'UPDATE',
  'PRACK',
  'ACK',
  '18x INVITE',
  '2xx INVITE',
  '2xx UPDATE',
  '2xx PRACK',
] as const;
const answering = ['18x INVITE', '2xx INVITE', '2xx UPDATE', '2xx PRACK'] as const;

/** Alone, or as a part of a multipart body (RFC 5621). */
function isDescription(message: SipMessage): boolean {
  const { body, contentType = '' } = message;
  if (body === '') return false;
  const type = contentType.toLowerCase();
  if (type.startsWith('application/sdp')) return true;
  return type.startsWith('multipart/') && bodyOfType(message, 'application/sdp') !== undefined;
}

/** Several rules read the same one. */
const read = new WeakMap<SipMessage, SessionDescription>();

function descriptionOf(message: SipMessage): SessionDescription | undefined {
  if (!isDescription(message)) return undefined;
  let description = read.get(message);
  if (description === undefined) {
    description = parseSdp(bodyOfType(message, 'application/sdp') ?? message.body);
    if (description !== undefined) read.set(message, description);
  }
  return description;
}

const preconditions: Rule = {
  id: 'CALL-20',
  clause: clauseOf('CALL-20'),
  title: 'An INVITE supports preconditions without requiring them, and nobody rings before those of the caller are met',
  of: ['INVITE', '180 INVITE'],
  from: 'ue',
  request(seen, _, report) {
    if (seen.message.toTag !== undefined) return;
    report.applies();
    if (seen.message.hasOption('Require', 'precondition')) {
      report.breach(`${sending(seen)} with Require: precondition: a callee that lacks them could not be called`);
    }
  },
  response(seen, before, report) {
    const offered = seen.request && descriptionOf(seen.request.message);
    if (offered === undefined || mandatoryLocal(offered).length === 0 || !hasAnsweredThem(seen, before)) return;
    report.applies();
    const last = before
      .dialogue(seen.message.callId)
      .findLast(
        (each) =>
          isRequest(each) &&
          each.record.toNode === seen.record.fromNode &&
          each.record.id < seen.record.id &&
          each.message.fromTag === seen.message.fromTag &&
          isDescription(each.message),
      );
    const current = last && descriptionOf(last.message);
    if (current?.media.some((media) => !isMet(media)) === true) {
      report.breach(`${sending(seen)} before the resources of its caller are there: it has to wait for them`);
    }
  },
};

function mandatoryLocal({ media }: SessionDescription): readonly unknown[] {
  return media.flatMap((section) => section.preconditions.filter(isMandatoryLocal));
}

function isMandatoryLocal(line: MediaDescription['preconditions'][number]): boolean {
  return line.kind === 'des' && line.status === 'local' && line.strength === 'mandatory';
}

/** RFC 3312 5: of the sender's own side the current status covers what is mandatory. */
function isMet({ preconditions: lines }: MediaDescription): boolean {
  const current = lines.find(({ kind, status }) => kind === 'curr' && status === 'local')?.direction;
  return lines
    .filter(isMandatoryLocal)
    .every(({ direction }) => current === 'sendrecv' || current === direction || direction === 'none');
}

/** A callee without preconditions answers as if there were none. */
function hasAnsweredThem({ message, record }: ResponseOnWire, before: Seen): boolean {
  return before
    .dialogue(message.callId)
    .some(
      (each) =>
        isResponse(each) &&
        each.record.fromNode === record.fromNode &&
        each.record.id < record.id &&
        each.message.hasOption('Require', 'precondition'),
    );
}

const bandwidth: Rule = {
  id: 'CALL-22',
  clause: clauseOf('CALL-22'),
  title: 'b=AS is what the largest frame of the codecs needs with RTP, UDP and IP',
  of: withDescription,
  from: 'ue',
  request: (seen, before, report) => checkBandwidth(seen, before, report),
  response: (seen, before, report) => checkBandwidth(seen, before, report),
};

function checkBandwidth(seen: RequestOnWire | ResponseOnWire, { facts }: Seen, report: RuleReport): void {
  if (facts.isExternal(seen.record.fromNode)) return;
  const description = descriptionOf(seen.message);
  const audio = description?.media.find(({ type, port }) => type === 'audio' && port !== 0);
  const given = audio?.bandwidth?.find(({ type }) => type === 'AS')?.limit;
  const due = audio && bandwidthDue(audio, description!);
  if (given === undefined || due === undefined) return;
  report.applies();
  if (given !== due) report.breach(`${sending(seen)} with b=AS:${given}: its codecs need ${due} kbit/s`);
}

/** Undefined where a codec is not in the table, or is framed in whole octets. */
function bandwidthDue(audio: MediaDescription, { connection }: SessionDescription): number | undefined {
  const version = (audio.connection ?? connection)?.version === 6 ? 6 : 4;
  const needs: number[] = [];
  for (const { payload, codec } of audio.rtp) {
    if (codec.toLowerCase() === 'telephone-event') continue;
    const known = Object.values(audioCodecs).find(({ name }) => name === codec.toUpperCase());
    const parameters = formatParameters(audio, payload);
    if (known === undefined || parameters.get('octet-align') === '1') return undefined;
    const modes = parameters.get('mode-set')?.split(',').map(Number);
    needs.push(bandwidthOf(largestPayload(known, modes), version));
  }
  return needs.length === 0 ? undefined : Math.max(...needs);
}

/** An answer and its offer, on the hop of who answers. */
interface Answer {
  readonly offer: SessionDescription;
  readonly answer: SessionDescription;
}

/** The first description in a response to a request with one; what follows in other responses only repeats it. */
function answerIn(seen: ResponseOnWire, before: Seen): Answer | undefined {
  const { request, message, record } = seen;
  if (request === undefined || !isDescription(message) || !isDescription(request.message)) return undefined;
  const isRepeated = before
    .dialogue(message.callId)
    .some(
      (each) =>
        isResponse(each) &&
        each.record.id < record.id &&
        each.record.fromNode === record.fromNode &&
        each.message.topVia.branch === message.topVia.branch &&
        each.message.toTag === message.toTag &&
        isDescription(each.message),
    );
  if (isRepeated) return undefined;
  const offer = descriptionOf(request.message);
  const answer = descriptionOf(message);
  return offer === undefined || answer === undefined ? undefined : { offer, answer };
}

const formats: Rule = {
  id: 'CALL-23',
  clause: clauseOf('CALL-23'),
  title: 'An answer takes formats of the offer, and telephone-event at the clock of its codec',
  of: answering,
  from: 'ue',
  response(seen, before, report) {
    const exchange = answerIn(seen, before);
    if (exchange === undefined) return;
    report.applies();
    exchange.answer.media.forEach((answered, index) => {
      const offered = exchange.offer.media[index];
      if (offered === undefined || answered.port === 0) return;
      const known = new Set(formatsOf(offered).map(({ codec, rate }) => `${codec}/${rate}`.toLowerCase()));
      const foreign = formatsOf(answered).find(({ codec, rate }) => !known.has(`${codec}/${rate}`.toLowerCase()));
      if (foreign !== undefined) {
        report.breach(`${sending(seen)} with ${foreign.codec}/${foreign.rate}, which was not offered`);
      }
      const undescribed = payloadTypes(answered).find(
        (type) => type >= 96 && !answered.rtp.some(({ payload }) => payload === type),
      );
      if (undescribed !== undefined)
        report.breach(`${sending(seen)} with format ${undescribed}, of which there is no rtpmap`);
      checkEvent(seen, answered, report);
    });
  },
};

function checkEvent(seen: ResponseOnWire, media: MediaDescription, report: RuleReport): void {
  if (media.type !== 'audio') return;
  const rtp = formatsOf(media);
  const events = rtp.filter(({ codec }) => codec.toLowerCase() === 'telephone-event');
  const rates = new Set(rtp.filter((each) => !events.includes(each)).map(({ rate }) => rate));
  const stray = events.find(({ rate }) => !rates.has(rate));
  if (stray !== undefined && rates.size > 0) {
    report.breach(
      `${sending(seen)} with telephone-event/${stray.rate}: its codec has the clock ${[...rates].join(', ')}`,
    );
  }
}

/** RFC 3264 6.1. */
const answersTo: Readonly<Record<MediaDirection, readonly MediaDirection[]>> = {
  sendrecv: ['sendrecv', 'sendonly', 'recvonly', 'inactive'],
  sendonly: ['recvonly', 'inactive'],
  recvonly: ['sendonly', 'inactive'],
  inactive: ['inactive'],
};

const directions: Rule = {
  id: 'CALL-50',
  clause: clauseOf('CALL-50'),
  title: 'The direction of an answer fits the one of its offer',
  of: answering,
  from: 'ue',
  response(seen, before, report) {
    const exchange = answerIn(seen, before);
    if (exchange === undefined) return;
    report.applies();
    const { offer, answer } = exchange;
    answer.media.forEach((answered, index) => {
      const offered = offer.media[index];
      if (offered === undefined || answered.port === 0 || offered.port === 0) return;
      const given = directionOf(answer, answered);
      const asked = directionOf(offer, offered);
      if (!answersTo[asked].includes(given)) {
        report.breach(
          `${sending(seen)} with a=${given} where ${asked} was offered: it has to be ${answersTo[asked].join(' or ')}`,
        );
      }
    });
  },
};

const offerAnswer: Rule = {
  id: 'SIP-57',
  clause: clauseOf('SIP-57'),
  title: 'An offer waits for the answer of the one before, and an answer has as many media as its offer',
  of: ['INVITE', 'UPDATE', ...answering],
  from: 'ue',
  request(seen, before, report) {
    const { message, record } = seen;
    if (!isDescription(message) || isPlanted(record) || isDisplaced(record)) return;
    report.applies();
    const pending = before.dialogue(message.callId).find(
      (each) =>
        isRequest(each) &&
        each.record.fromNode === record.fromNode &&
        each.message.fromTag === message.fromTag && // the other end may be behind the same address
        each.record.id < record.id &&
        !isPlanted(each.record) &&
        // RFC 3261 13.1: each dialog of a forked INVITE has its own offers and answers.
        (each.message.toTag === undefined || each.message.toTag === message.toTag) &&
        isOffer(each) &&
        each.message.cseq.sequence < message.cseq.sequence &&
        !each.isRetransmission &&
        // After that its sender has given up (timer F).
        record.time - each.record.time < lifetimeMs(ueTimers) &&
        !isSettled(each, before),
    );
    if (pending !== undefined) {
      report.breach(`${sending(seen)} with an offer, while that of its ${nameOf(pending.message)} has no answer`);
    }
  },
  response(seen, before, report) {
    const exchange = answerIn(seen, before);
    if (exchange === undefined) return;
    report.applies();
    const [given, due] = [exchange.answer.media.length, exchange.offer.media.length];
    if (given !== due) report.breach(`${sending(seen)} with ${given} media: ${due} were offered`);
  },
};

function isOffer({ message }: RequestOnWire): boolean {
  return (message.method === 'INVITE' || message.method === 'UPDATE') && isDescription(message);
}

/** Answered or refused, as far as the other end has sent it. */
function isSettled({ message, record }: RequestOnWire, before: Seen): boolean {
  return before
    .dialogue(message.callId)
    .some(
      (each) =>
        isResponse(each) &&
        each.message.cseq.sequence === message.cseq.sequence &&
        each.message.method === message.method &&
        each.message.fromTag === message.fromTag &&
        (message.toTag === undefined || each.message.toTag === message.toTag) &&
        each.record.id > record.id &&
        (each.message.status >= 200 || isDescription(each.message)),
    );
}

const intervalMin = 90;

const sessionTimer: Rule = {
  id: 'CALL-27',
  clause: clauseOf('CALL-27'),
  title: 'A session interval is at least 90 s, and its answer names who refreshes and asks for no longer',
  of: ['INVITE', 'UPDATE', '2xx INVITE', '2xx UPDATE'],
  from: 'ue',
  request(seen, _, report) {
    const interval = intervalOf(seen.message);
    if (interval === undefined) return;
    report.applies();
    if (interval < intervalMin) {
      report.breach(`${sending(seen)} with Session-Expires ${interval}: it has to be at least ${intervalMin}`);
    }
  },
  response(seen, _, report) {
    const interval = intervalOf(seen.message);
    if (interval === undefined || seen.request === undefined) return;
    report.applies();
    if (!/;\s*refresher\s*=\s*(uac|uas)/i.test(seen.message.header('Session-Expires') ?? '')) {
      report.breach(`${sending(seen)} with Session-Expires, but without refresher`);
    }
    const asked = intervalOf(seen.request.message);
    if (interval < intervalMin || (asked !== undefined && interval > asked)) {
      report.breach(
        `${sending(seen)} with Session-Expires ${interval}: it has to be from ${intervalMin} to ${asked ?? 'what was asked'}`,
      );
    }
  },
};

function intervalOf(message: SipMessage): number | undefined {
  const seconds = Number.parseInt(message.header('Session-Expires') ?? '', 10);
  return Number.isNaN(seconds) ? undefined : seconds;
}

const fullOffer: Rule = {
  id: 'CALL-51',
  clause: clauseOf('CALL-51'),
  title: 'The answer to an INVITE without description brings an offer',
  of: ['2xx INVITE'],
  from: 'ue',
  response(seen, before, report) {
    const { request, message, record } = seen;
    if (request === undefined || request.message.body !== '' || isPlanted(record)) return;
    report.applies();
    const isOffered = before
      .dialogue(message.callId)
      .some(
        (each) =>
          isResponse(each) &&
          each.record.fromNode === record.fromNode &&
          each.message.cseq.sequence === message.cseq.sequence &&
          each.message.method === 'INVITE' &&
          isDescription(each.message),
      );
    if (!isOffered) report.breach(`${sending(seen)} without an offer, where the INVITE had none`);
  },
};

export const callMediaRules: readonly Rule[] = [
  preconditions,
  bandwidth,
  formats,
  directions,
  offerAnswer,
  sessionTimer,
  fullOffer,
];
