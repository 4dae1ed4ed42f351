/** The rules of watched registrations over traces: reg-event, and application servers that are told. */
import { regEventRules } from '../../src/conformance/rules/reg-event.js';
import { regEventEndRules } from '../../src/conformance/rules/reg-event-ends.js';
import { watcherRules } from '../../src/conformance/rules/reg-event-watchers.js';
import { registrationNewsRules } from '../../src/conformance/rules/registration-news.js';
import { thirdPartyRules } from '../../src/conformance/rules/third-party.js';
import { body, octets } from './body-edits.js';
import { type EditedProof, expectBrokenBy, expectBrokenIn, expectKept, type PlantedProof } from './proof.js';

const rules = [...regEventRules, ...regEventEndRules, ...watcherRules, ...registrationNewsRules, ...thirdPartyRules];
const temporary = 'sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org';
const stranger = '<sip:stranger@example.org>';

const planted: readonly PlantedProof[] = [
  ['REG-17', 'watched', { change: 'SUBSCRIBE', from: 'ue1', set: { Expires: 600 } }],
  [
    'REG-17',
    'watched',
    { change: 'SUBSCRIBE', from: 'ue1', set: { 'Request-URI': 'tel:+15550100001', To: '<tel:+15550100001>' } },
  ],
  ['REG-17', 'watched', { change: 'SUBSCRIBE', from: 'ue1', set: { From: '<sip:other@example.org>;tag=1' } }],
  ['REG-17', 'watched', { change: 'SUBSCRIBE', from: 'ue1', set: { Accept: 'text/plain' } }],
  ['REG-27', 'proxyWatches', { change: 'SUBSCRIBE', from: 'pcscf1', set: { Expires: 600 } }],
  ['REG-27', 'proxyWatches', { change: 'SUBSCRIBE', from: 'pcscf1', set: { 'P-Charging-Vector': null } }],
  ['REG-27', 'proxyWatches', { change: 'SUBSCRIBE', from: 'pcscf1', set: { 'P-Asserted-Identity': stranger } }],
  ['REG-90', 'watched', { change: '200 SUBSCRIBE', from: 'scscf1', set: { Expires: 700_000 } }],
  ['REG-90', 'watched', { change: '200 SUBSCRIBE', from: 'scscf1', set: { Expires: null } }],
  ['REG-90', 'watched', { change: 'SUBSCRIBE', from: 'pcscf1', set: { 'P-Asserted-Identity': stranger } }],
  ['REG-91', 'watched', { change: 'NOTIFY', from: 'scscf1', set: { body: 'nothing' } }],
  ['CALL-80', 'told', { change: 'REGISTER', from: 'scscf1', set: { Contact: stranger } }],
  ['CALL-80', 'told', { change: 'REGISTER', from: 'scscf1', set: { To: `<${temporary}>` } }],
  ['CALL-80', 'told', { change: 'REGISTER', from: 'scscf1', set: { 'P-Charging-Vector': 'icid-value=1;orig-ioi=a' } }],
  ['CALL-80', 'told', { change: 'REGISTER', from: 'scscf1', set: { Expires: 700_000 } }],
  ['CALL-80', 'told', { change: 'REGISTER', from: 'scscf1', set: { Expires: null } }],
  ['CALL-80', 'told', { change: 'REGISTER', from: 'scscf1', set: { 'Request-URI': 'sip:other@example.org' } }],
  ['CALL-80', 'told', { change: 'REGISTER', from: 'scscf1', set: { Path: '<sip:192.0.2.1;lr>' } }],
  ['CALL-83', 'told', { change: 'SUBSCRIBE', from: 'as1', set: { 'P-Asserted-Identity': stranger } }],
  ['CALL-83', 'told', { change: 'SUBSCRIBE', from: 'as1', set: { 'P-Asserted-Identity': null } }],
];

const notify = { message: 'NOTIFY', from: 'scscf1' } as const;

/** What no fault makes a node do: the next messages would be others. */
const recorded: readonly EditedProof[] = [
  ['REG-90', 'watched', { ...notify, nth: -1, alter: () => ({ fromNode: 'icscf1' }) }],
  ['REG-91', 'watched', { ...notify, alter: body('version="0"', 'version="3"') }],
  ['REG-91', 'watched', { ...notify, alter: body('state="full"', 'state="partial"') }],
  ['REG-91', 'watched', { ...notify, nth: 2, alter: body('version="1"', 'version="4"') }],
  ['REG-91', 'watched', { ...notify, nth: 2, alter: body(/(<registration aor="[^"]*" id=")/, '$1other') }],
  ['REG-91', 'watched', { ...notify, alter: body('aor="tel:', 'aor="sip:') }],
  [
    'REG-91',
    'watched',
    { ...notify, alter: body('aor="tel:+15550100001"', 'aor="sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org"') },
  ],
  ['REG-92', 'watched', { ...notify, alter: body('event="created"', 'event="expired"') }],
  ['REG-92', 'watched', { ...notify, alter: body('event="created"', 'event="registered"') }],
  ['REG-92', 'watched', { ...notify, alter: body(/event="created" expires="\d+"/, 'event="shortened"') }],
  ['REG-92', 'watched', { ...notify, alter: body(/(<registration [^>]* )state="active"/, '$1state="terminated"') }],
  ['REG-93', 'watched', { ...notify, nth: 2, alter: ({ time }) => ({ time: time - 8_000 }) }],
  ['REG-93', 'told', { ...notify, nth: -1, set: { 'Subscription-State': 'active;expires=100' } }],
  ['REG-93', 'watched', { ...notify, set: { 'Subscription-State': 'terminated;reason=noresource' } }],
  ['REG-72', 'told', { ...notify, nth: -1, alter: body('event="unregistered"', 'event="expired"') }],
  ['REG-73', 'watchedExpiry', { ...notify, alter: body('expires="600"', 'expires="900"') }],
  ['REG-74', 'watchedEnd', { ...notify, nth: -1, alter: body('event="rejected"', 'event="deactivated"') }],
  [
    'REG-75',
    'shortened',
    { ...notify, nth: 2, alter: body(/event="shortened" expires="\d+"/, 'event="shortened" expires="900000"') },
  ],
  ['REG-93', 'told', { ...notify, nth: -1, alter: () => ({ fromNode: 'icscf1' }) }],
  [
    'REG-75',
    'challengedWhenShortened',
    { message: '401 REGISTER', from: 'scscf1', nth: -1, set: { 'WWW-Authenticate': null } },
  ],
  [
    'CALL-80',
    'told',
    { message: 'REGISTER', from: 'scscf1', to: 'as1', nth: 2, alter: () => ({ fromNode: 'icscf1' }) },
  ],
  [
    'CALL-80',
    'told',
    { message: 'REGISTER', from: 'scscf1', to: 'as1', nth: -1, alter: () => ({ fromNode: 'icscf1' }) },
  ],
  ['CALL-81', 'told', { message: 'REGISTER', from: 'scscf1', alter: body('mmtel-profile-7', 'another') }],
  ['CALL-82', 'serverSilent', { message: 'SAA', alter: octets('<DefaultHandling>0', '<DefaultHandling>1') }],
];

describe('the rules of watched registrations', () => {
  it.each(planted)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(recorded)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(planted)('%s is broken by a fault (%s, %j)', (rule, flow, fault) => expectBrokenBy(fault, rule, flow, rules));
  it.each(recorded)('%s is broken in a trace (%s, %j)', (rule, flow, edit) => expectBrokenIn(edit, rule, flow, rules));

  it('REG-72: what has expired was not removed by its UE', () =>
    expectBrokenIn(
      { ...notify, nth: -1, alter: body('event="expired"', 'event="unregistered"') },
      'REG-72',
      'watchedExpiry',
      rules,
    ));
});
