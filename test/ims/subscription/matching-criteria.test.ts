/** CX-50 to CX-58: TS 23.218 5.2, TS 29.228 B.2.2 and B.2.3, TS 24.229 §5.4.3.2. A table a rule. */
import type {
  InitialFilterCriterion,
  RegistrationType,
  ServicePoint,
  ServicePointTrigger,
  SessionCase,
} from '../../../src/ims/subscription/filter-criteria.js';
import {
  criteriaOf,
  type FilterRequest,
  matchingCriteria,
  nextMatch,
} from '../../../src/ims/subscription/matching-criteria.js';
import { distinctIdentity, type ServiceProfile } from '../../../src/ims/subscription/subscriber.js';
import { parseMessage, type SipRequest } from '../../../src/sip/index.js';

const method = (name: string, ...registrationTypes: RegistrationType[]): ServicePoint => ({
  kind: 'method',
  method: name,
  registrationTypes,
});
const header = (name: string, content?: string): ServicePoint => ({
  kind: 'sipHeader',
  header: name,
  ...(content !== undefined && { content }),
});
const description = (line: string, content?: string): ServicePoint => ({
  kind: 'sessionDescription',
  line,
  ...(content !== undefined && { content }),
});
const sessionCase = (value: SessionCase): ServicePoint => ({ kind: 'sessionCase', sessionCase: value });
const uri = (pattern: string): ServicePoint => ({ kind: 'requestUri', pattern });
const unknown: ServicePoint = { kind: 'unknown', what: 'nothing' };
const truth = method('INVITE');
const untruth = method('BYE');

const spt = (point: ServicePoint, groups: readonly number[] = [0], negated = false): ServicePointTrigger => ({
  point,
  groups,
  negated,
});

const applicationServer = {
  serverName: 'sip:as@h',
  defaultHandling: 'continue',
  includeRegisterRequest: false,
  includeRegisterResponse: false,
} as const;

function criterion(priority: number, rest: Partial<InitialFilterCriterion> = {}): InitialFilterCriterion {
  return { priority, applicationServer, ...rest };
}

const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nm=audio 5000 RTP/AVP 97\r\na=rtpmap:97 AMR/8000\r\n';

const message = parseMessage(
  Buffer.from(
    [
      'INVITE sip:+15550100002@home.example;user=phone SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      'Max-Forwards: 70',
      'f: <sip:a@h>;tag=1',
      'To: <sip:b@h>',
      'Call-ID: 1',
      'CSeq: 1 INVITE',
      'c: application/sdp',
      'Accept-Contact: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel", *;video',
      'X-Priority: High',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  ),
) as SipRequest;

function request(changes: Partial<FilterRequest> = {}): FilterRequest {
  return {
    method: 'INVITE',
    requestUri: message.uri.text,
    values: (name) => message.values(name),
    sessionCase: 0,
    sdp,
    ...changes,
  };
}

function isMet(point: ServicePoint, changes: Partial<FilterRequest> = {}, negated = false): boolean {
  const triggerPoint = { form: 'cnf', triggers: [spt(point, [0], negated)] } as const;
  return matchingCriteria(profileOf(criterion(0, { triggerPoint })), request(changes)).length === 1;
}

function profileOf(...filterCriteria: InitialFilterCriterion[]): ServiceProfile {
  return { publicIdentities: [distinctIdentity('sip:a@h')], filterCriteria };
}

describe('matchingCriteria', () => {
  it('CX-50: without a TriggerPoint always, in ascending priority', () => {
    const profile = profileOf(criterion(0), criterion(3), criterion(7));
    expect(matchingCriteria(profile, request()).map(({ priority }) => priority)).toEqual([0, 3, 7]);
    expect(matchingCriteria(profileOf(), request())).toEqual([]);
  });

  it.each<[string, 'cnf' | 'dnf', readonly ServicePointTrigger[], boolean]>([
    ['CNF: one group is an OR', 'cnf', [spt(truth), spt(untruth)], true],
    ['CNF: groups are an AND', 'cnf', [spt(truth, [0]), spt(untruth, [1])], false],
    ['CNF: every group has one that is true', 'cnf', [spt(truth, [0]), spt(untruth, [1]), spt(truth, [1])], true],
    ['CNF: one trigger in several groups', 'cnf', [spt(truth, [0, 1]), spt(untruth, [1])], true],
    ['CNF: one trigger missing in one of several groups', 'cnf', [spt(truth, [0, 1]), spt(untruth, [2])], false],
    ['DNF: one group is an AND', 'dnf', [spt(truth), spt(untruth)], false],
    ['DNF: groups are an OR', 'dnf', [spt(truth, [0]), spt(untruth, [1])], true],
    ['DNF: no group is all true', 'dnf', [spt(truth, [0]), spt(untruth, [0]), spt(untruth, [1])], false],
    ['DNF: one trigger in several groups', 'dnf', [spt(truth, [0, 1]), spt(untruth, [0])], true],
    ['negation before combination', 'cnf', [spt(untruth, [0], true), spt(truth, [1])], true],
    ['negation of what is true', 'dnf', [spt(truth, [0], true)], false],
  ])('CX-51: %s', (_title, form, triggers, expected) => {
    const profile = profileOf(criterion(0, { triggerPoint: { form, triggers } }));
    expect(matchingCriteria(profile, request()).length === 1).toBe(expected);
  });

  it.each<[string, ServicePoint, Partial<FilterRequest>, boolean]>([
    ['equal', method('INVITE'), {}, true],
    ['another', method('MESSAGE'), {}, false],
    ['case counts', method('invite'), {}, false],
    ['REGISTER without types: initial', method('REGISTER'), { method: 'REGISTER', registrationType: 'initial' }, true],
    ['REGISTER without types: de', method('REGISTER'), { method: 'REGISTER', registrationType: 'de' }, true],
    ['type listed', method('REGISTER', 'initial', 'de'), { method: 'REGISTER', registrationType: 'de' }, true],
    ['type not listed', method('REGISTER', 'initial', 'de'), { method: 'REGISTER', registrationType: 're' }, false],
  ])('CX-52: %s', (_title, point, changes, expected) => {
    expect(isMet(point, changes)).toBe(expected);
  });

  it.each<[string, ServicePoint, Partial<FilterRequest>, boolean]>([
    ['present', header('X-Priority'), {}, true],
    ['absent', header('X-Bypass'), {}, false],
    ['any case of the name', header('x-priority', '^High$'), {}, true],
    ['compact in the message', header('Content-Type', 'sdp'), {}, true],
    ['compact in the criterion', header('f', 'sip:a@'), {}, true],
    ['unanchored', header('X-Priority', 'ig'), {}, true],
    ['case of the content counts', header('X-Priority', 'high'), {}, false],
    ['each value by itself', header('Accept-Contact', '^\\*;video$'), {}, true],
    ['POSIX class', header('X-Priority', '^[[:upper:]][[:lower:]]{3}$'), {}, true],
    ['alternatives', header('X-Priority', '^(Low|High)$'), {}, true],
    ['a bracket first in a bracket expression', header('X-Priority', '[]H]'), {}, true],
    ['content of an absent header', header('X-Bypass', '.*'), {}, false],
    ['SDP line present', description('m'), {}, true],
    ['SDP line absent', description('b'), {}, false],
    ['SDP value', description('m', '^audio .* 97$'), {}, true],
    ['SDP value of another line', description('a', 'audio'), {}, false],
    ['no SDP', description('m'), { sdp: undefined }, false],
  ])('CX-53: %s', (_title, point, changes, expected) => {
    expect(isMet(point, changes)).toBe(expected);
  });

  it.each<[string, boolean]>([
    ['sip:+15550100002@home.example', true],
    ['^sip:.*;user=phone$', true],
    ['^tel:', false],
    // TS 29.228 Table F.1
    ['^home\\.example$', true],
    ['^example$', false],
  ])('CX-54: %s', (pattern, expected) => {
    expect(isMet(uri(pattern))).toBe(expected);
  });

  it.each<[string, string, boolean]>([
    ['^\\+1555', 'tel:+15550100002;phone-context=x', true],
    ['^\\+15550100002$', 'tel:+15550100002;phone-context=x', true],
    ['^x$', 'tel:+15550100002;phone-context=x', false],
    ['^[[]2001:db8::1]:5060$', 'sip:bob:secret@[2001:db8::1]:5060;lr?Subject=x@y', true],
    ['^y$', 'sip:bob@h;x=1?Subject=x@y', false],
  ])('CX-54 / TS 29.228 Table F.1: %s and %s', (pattern, requestUri, expected) => {
    expect(isMet(uri(pattern), { requestUri })).toBe(expected);
  });

  it.each<SessionCase>([0, 1, 2, 3, 4])('CX-55: session case %d is met by itself alone', (value) => {
    const met = ([0, 1, 2, 3, 4] as const).filter((other) => isMet(sessionCase(other), { sessionCase: value }));
    expect(met).toEqual([value]);
  });

  it.each<[SessionCase, boolean | undefined, boolean, boolean]>([
    [0, undefined, true, false],
    [1, undefined, true, false],
    [2, undefined, false, true],
    [3, undefined, false, true],
    [4, undefined, true, false],
    [4, false, false, true],
  ])('CX-56: session case %d (registered: %s)', (value, isServedUserRegistered, registered, unregistered) => {
    const seen = request({
      sessionCase: value,
      ...(isServedUserRegistered !== undefined && { isServedUserRegistered }),
    });
    expect(matchingCriteria(profileOf(criterion(0, { profilePart: 'registered' })), seen).length).toBe(
      registered ? 1 : 0,
    );
    expect(matchingCriteria(profileOf(criterion(0, { profilePart: 'unregistered' })), seen).length).toBe(
      unregistered ? 1 : 0,
    );
    expect(matchingCriteria(profileOf(criterion(0)), seen)).toHaveLength(1);
  });

  it.each<[string, ServicePoint]>([
    ['an unknown condition', unknown],
    ['an open group', header('X-Priority', '(')],
    ['an open bracket', header('X-Priority', '[a')],
    ['an unknown class', header('X-Priority', '[[:vowel:]]')],
    ['a group of another language', header('X-Priority', '(?=H)')],
    ['a back-reference', header('X-Priority', '(.)\\1')],
    ['a backslash at the end', header('X-Priority', 'a\\')],
    ['an endless one', header('X-Priority', 'H'.repeat(2000))],
  ])('CX-57: %s is false before its negation, and nothing is thrown', (_title, point) => {
    expect(isMet(point)).toBe(false);
    expect(isMet(point, {}, true)).toBe(true);
  });

  it('CX-58: the list is plain data of the profile as it was: a later profile changes nothing in it', () => {
    const before = profileOf(criterion(1), criterion(2));
    const list = before.filterCriteria;
    const after = { ...before, filterCriteria: [criterion(9)] };
    expect(nextMatch(list, 1, request())).toBe(1);
    expect(list[1]!.priority).toBe(2);
    expect(matchingCriteria(after, request()).map(({ priority }) => priority)).toEqual([9]);
  });

  it('CX-50, CX-58: after each server the request is asked anew, and no criterion twice', () => {
    const triggerPoint = { form: 'dnf' as const, triggers: [spt(header('X-Played'), [0], true)] };
    const { filterCriteria } = profileOf(criterion(1), criterion(2, { triggerPoint }), criterion(3));
    expect(nextMatch(filterCriteria, 0, request())).toBe(0);
    expect(nextMatch(filterCriteria, 1, request())).toBe(1);
    // The first server has added a header.
    expect(nextMatch(filterCriteria, 1, request({ values: () => ['yes'] }))).toBe(2);
    expect(nextMatch(filterCriteria, 3, request())).toBe(-1);
  });

  it('of a user profile: service profile by service profile, and those of one identity alone', () => {
    const first = profileOf(criterion(5));
    const second = { publicIdentities: [distinctIdentity('sip:b@h')], filterCriteria: [criterion(1)] };
    const profile = {
      privateIdentity: 'a@h',
      serviceProfiles: [first, second],
      publicIdentities: [...first.publicIdentities, ...second.publicIdentities],
    };
    expect(matchingCriteria(profile, request()).map(({ priority }) => priority)).toEqual([5, 1]);
    expect(criteriaOf(profile, 'sip:B@h')).toEqual([]);
    expect(criteriaOf(profile, 'sip:b@H;x=y')).toBe(second.filterCriteria);
  });
});
