/** Steps with one mistake each, and what is said about it. They stand in the fourth line of a file. */
export const mistakes: readonly (readonly [what: string, step: string, said: readonly string[]])[] = [
  [
    'an unknown action',
    '{ do: regster, ue: ue1 }',
    ["s.yaml:4:11: steps[0].do: 'regster' is not known here; did you mean 'register'?"],
  ],
  [
    'an unknown expectation',
    '{ expect: mesage, message: 200 }',
    ["s.yaml:4:15: steps[0].expect: 'mesage' is not known here; did you mean 'message'?"],
  ],
  [
    'a message as an expectation',
    '{ expect: 200 REGISTER, to: ue1 }',
    ["s.yaml:4:15: steps[0].expect: '200 REGISTER' is not known here; write expect: message, message: 200 REGISTER"],
  ],
  [
    'an answer of Diameter as an expectation',
    '{ expect: MAA 5012, from: hss1 }',
    ["s.yaml:4:15: steps[0].expect: 'MAA 5012' is not known here; write expect: message, message: MAA 5012"],
  ],
  [
    'a block as an action',
    '{ do: repeat, times: 3, steps: [] }',
    ["s.yaml:4:11: steps[0].do: 'repeat' is not known here; leave do out: write repeat:"],
  ],
  [
    'a fault as an action',
    '{ do: drop, message: REGISTER }',
    ["s.yaml:4:11: steps[0].do: 'drop' is not known here; write do: fault, drop:"],
  ],
  [
    'a step without a word',
    '{ ue: ue1 }',
    ['s.yaml:4:5: steps[0]: it says no step; begin it with do:, expect:, parallel:, repeat: or for:'],
  ],
  [
    'a word as the result of reading data',
    '{ do: read-data, node: as1, of: ue1, data: msisdn, result: ok }',
    ["s.yaml:4:64: steps[0].result: 'ok' is no result; write a code such as 5103, or timeout or unreachable"],
  ],
  [
    'data without what names them',
    '{ do: read-data, node: hss1, of: ue1, data: [repository-data, location, msisdn] }',
    [
      "s.yaml:4:28: steps[0].node: 'hss1' is no as, its role is hss; remove it",
      's.yaml:4:49: steps[0].data: repository-data takes a service; write service: NAME, or result: 5005 to see the HSS refuse it',
      's.yaml:4:49: steps[0].data: location takes a domain; write domain: cs or domain: ps, or result: 5005 to see the HSS refuse it',
    ],
  ],
  [
    'a step that is text',
    'register',
    ["s.yaml:4:5: steps[0]: 'register' says no step; begin it with do:, expect:, parallel:, repeat: or for:"],
  ],
  [
    'a misspelt block',
    '{ paralel: [{ do: wait, for: 1s }] }',
    ["s.yaml:4:5: steps[0]: it says no step; did you mean 'parallel'?"],
  ],
  ['an unknown key', '{ do: register, ues: ue1 }', ["s.yaml:4:21: steps[0].ues: unknown key; did you mean 'ue'?"]],
  [
    'a UE that the lab does not have',
    '{ do: register, ue: [ue1, ue3] }',
    ["s.yaml:4:31: steps[0].ue[1]: t.yaml has no UE 'ue3'; did you mean 'ue1'?"],
  ],
  [
    'a node that is no UE',
    '{ do: register, ue: pcscf1 }',
    ["s.yaml:4:25: steps[0].ue: t.yaml has no UE 'pcscf1'; use one of ue1, ue2"],
  ],
  [
    'a glob that fits nothing',
    '{ do: register, ue: eu* }',
    ["s.yaml:4:25: steps[0].ue[0]: t.yaml has no UE like 'eu*'; use one of ue1, ue2"],
  ],
  [
    'an unknown node',
    '{ do: stop, node: hss9 }',
    ["s.yaml:4:23: steps[0].node: t.yaml has no node 'hss9'; did you mean 'hss1'?"],
  ],
  [
    'an unknown call',
    '{ do: answer, as: c1 }',
    ["s.yaml:4:23: steps[0].as: there is no call 'c1' before this step; give the call step before it as: c1"],
  ],
  [
    'an unknown fault',
    '{ do: clear-fault, fault: f1 }',
    ["s.yaml:4:31: steps[0].fault: there is no fault 'f1' before this step; plant it before, with as: f1"],
  ],
  [
    'an unknown machine',
    '{ expect: state, node: ue1, machine: registraton, is: registered }',
    ["s.yaml:4:42: steps[0].machine: ue1 has no machine 'registraton'; did you mean 'registration'?"],
  ],
  [
    'an unknown state',
    '{ expect: state, node: ue1, machine: registration, is: registred }',
    ["s.yaml:4:60: steps[0].is: the machine registration of ue1 has no state 'registred'; did you mean 'registered'?"],
  ],
  [
    'a machine of another role',
    '{ expect: state, node: hss1, machine: originatingCall, is: talking }',
    [
      "s.yaml:4:43: steps[0].machine: hss1 has no machine 'originatingCall'; use one of lifecycle, subscription, peer, watchdog",
    ],
  ],
  [
    'a node of the wrong role',
    '{ do: network-deregister, node: icscf1, ue: ue1 }',
    ["s.yaml:4:37: steps[0].node: 'icscf1' is no hss or s-cscf, its role is i-cscf; did you mean 'scscf1'?"],
  ],
  [
    'coming back after an HSS',
    '{ do: network-deregister, node: hss1, ue: ue1, come-back: true }',
    ['s.yaml:4:52: steps[0].come-back: hss1 is an hss, which gives a reason instead; write reason: server-change'],
  ],
  [
    'a reason of an S-CSCF',
    '{ do: network-deregister, node: scscf1, ue: ue1, reason: server-change }',
    ['s.yaml:4:54: steps[0].reason: scscf1 is an s-cscf, which gives no reason; write come-back: true or false'],
  ],
  [
    'an HSS that is to authenticate',
    '{ do: reauthenticate, node: hss1, ue: ue1 }',
    ["s.yaml:4:33: steps[0].node: 'hss1' is no s-cscf, its role is hss; use scscf1"],
  ],
  [
    'a change without an end',
    '{ do: reauthenticate, node: scscf1, ue: ue1, withing: 5s }',
    ["s.yaml:4:50: steps[0].withing: unknown key; did you mean 'within'?"],
  ],
  [
    'a profile that stays as it is',
    '{ do: change-profile, node: hss1, ue: ue1 }',
    ['s.yaml:4:5: steps[0]: it changes nothing; add bar:, unbar: or services:'],
  ],
  [
    'an identity that is none',
    '{ do: change-profile, node: hss1, ue: ue1, bar: [ue1] }',
    ["s.yaml:4:54: steps[0].bar[0]: 'ue1' is no SIP or tel URI; write sip:user@domain or tel:+15550100001"],
  ],
  [
    'an identity both barred and not',
    '{ do: change-profile, node: hss1, ue: ue1, bar: ["tel:+1555"], unbar: ["tel:+1555"] }',
    ['s.yaml:4:76: steps[0].unbar[0]: tel:+1555 is to be barred and not to be barred; remove it from one of the two'],
  ],
  [
    'a service that nobody has described',
    '{ do: change-profile, node: hss1, ue: ue1, services: [mmtel] }',
    ["s.yaml:4:59: steps[0].services[0]: the subscriber file of hss1 has no service 'mmtel'; remove it"],
  ],
  [
    'counts of nothing',
    '{ expect: node, node: hss1, counts: {} }',
    ['s.yaml:4:41: steps[0].counts: counts nothing; write what: how many, such as registrations: 0'],
  ],
  [
    'a count that is none',
    '{ expect: node, node: hss1, counts: { subscriptions: none } }',
    ["s.yaml:4:58: steps[0].counts.subscriptions: 'none' is no count; write a number, or { min: 1, max: 3 }"],
  ],
  [
    'a start of what runs',
    '{ do: start, node: hss1 }',
    ['s.yaml:4:24: steps[0].node: hss1 runs already; stop it in a step before, or remove this step'],
  ],
  [
    'an unknown method',
    '{ expect: message, message: 200 REGISTR }',
    ["s.yaml:4:33: steps[0].message: there is no method REGISTR; did you mean 'REGISTER'? Another method: SIP REGISTR"],
  ],
  [
    'an unknown header',
    '{ expect: message, message: REGISTER, with: { Contct: 1 } }',
    [
      's.yaml:4:51: steps[0].with.Contct: there is no header Contct; did you mean \'Contact\'? Another header: "Contct" in quotes',
    ],
  ],
  [
    'a wrong regular expression',
    "{ expect: message, message: REGISTER, with: { Contact: '/(/' } }",
    [
      's.yaml:4:51: steps[0].with.Contact: /(/ is no regular expression of RE2 (missing closing ): `(`); mend it; for looking around and back references put matchers together with not: and one-of:',
    ],
  ],
  [
    'a regular expression that looks ahead',
    "{ expect: message, message: REGISTER, with: { Contact: '/(?=a)b/' } }",
    [
      's.yaml:4:51: steps[0].with.Contact: /(?=a)b/ is no regular expression of RE2 (invalid or unsupported Perl syntax: `(?=`); mend it; for looking around and back references put matchers together with not: and one-of:',
    ],
  ],
  [
    'a cause with a back reference',
    "{ expect: cause, says: '/(a)\\1/' }",
    [
      's.yaml:4:28: steps[0].says: /(a)\\1/ is no regular expression of RE2 (invalid escape sequence: `\\1`); mend it; for looking around and back references put matchers together with not: and one-of:',
    ],
  ],
  [
    'a matcher with an unknown key',
    '{ expect: message, message: REGISTER, with: { Contact.expires: { mim: 3 } } }',
    ["s.yaml:4:68: steps[0].with.Contact.expires: 'mim' is not known here; did you mean 'min'?"],
  ],
  [
    'a matcher that can never hold',
    '{ expect: message, message: REGISTER, with: { Contact.expires: { min: 3, max: 2 } } }',
    ['s.yaml:4:68: steps[0].with.Contact.expires: {"min":3,"max":2} can never hold; make min no larger than max'],
  ],
  [
    'a message between nodes that never speak',
    '{ expect: message, message: REGISTER, from: ue1, to: scscf1 }',
    ['s.yaml:4:58: steps[0].to: ue1 and scscf1 never exchange SIP; ue1 exchanges SIP with pcscf1'],
  ],
  [
    'SIP to an HSS',
    '{ expect: no-message, message: REGISTER, to: hss1 }',
    ['s.yaml:4:50: steps[0].to: hss1 never sends or gets SIP; use one of pcscf1, icscf1, scscf1, ue1, ue2'],
  ],
  [
    'Diameter from a UE',
    '{ do: fault, as: f1, drop: UAR, from: ue1 }',
    ['s.yaml:4:43: steps[0].from: ue1 never sends or gets Diameter; use one of icscf1, scscf1, hss1'],
  ],
  [
    'a pattern that says nothing',
    '{ expect: message }',
    ['s.yaml:4:5: steps[0]: any message would do; add message: 200 REGISTER, from:, to: or with:'],
  ],
  [
    'an impossible count',
    '{ expect: message, message: REGISTER, count: { min: 3, max: 2 } }',
    ['s.yaml:4:50: steps[0].count: {"min":3,"max":2} can never be met; make min no larger than max'],
  ],
  [
    'a negative count',
    '{ expect: message, message: REGISTER, count: -1 }',
    ['s.yaml:4:50: steps[0].count: -1 is no count; write a number, or { min: 1, max: 3 }'],
  ],
  [
    'nth: 0',
    '{ do: fault, as: f1, drop: REGISTER, nth: 0 }',
    [
      's.yaml:4:47: steps[0].nth: 0 is not the number of a message; write 1 for the first, [1, 3] for some of them, or every',
    ],
  ],
  [
    'a fault without a verb',
    '{ do: fault, as: f1, dorp: REGISTER }',
    ["s.yaml:4:5: steps[0]: says no fault; did you mean 'drop'?"],
  ],
  [
    'a result code out of range',
    '{ do: fault, as: f1, answer: UAR, result: 50120 }',
    ['s.yaml:4:47: steps[0].result: 50120 is too big; use 5999 or less'],
  ],
  [
    'a status out of range',
    '{ expect: registration, ue: ue1, is: failed, status: 999 }',
    ['s.yaml:4:58: steps[0].status: 999 is too big; use 699 or less'],
  ],
  [
    'an answer of the wrong protocol',
    '{ do: fault, as: f1, answer: UAR, status: 503 }',
    [
      's.yaml:4:34: steps[0].answer: does not say with what UAR is answered; add result: 5012',
      's.yaml:4:39: steps[0].status: no answer to UAR has a status; remove it; write result: 5012',
    ],
  ],
  [
    'an answer to an answer',
    '{ do: fault, as: f1, answer: 200 REGISTER, status: 503 }',
    ['s.yaml:4:34: steps[0].answer: nobody answers 200 REGISTER; name a request, such as INVITE or UAR'],
  ],
  [
    'an answer without a status',
    '{ do: fault, as: f1, answer: INVITE }',
    ['s.yaml:4:34: steps[0].answer: does not say with what INVITE is answered; add status: 503'],
  ],
  [
    'a change of nothing',
    '{ do: fault, as: f1, change: MAA, set: {} }',
    ['s.yaml:4:44: steps[0].set: changes nothing; name a field and its new value'],
  ],
  [
    'a change of an unknown AVP',
    '{ do: fault, as: f1, change: MAA, set: { Result-Cod: 5012 } }',
    ["s.yaml:4:58: steps[0].set.Result-Cod: there is no AVP Result-Cod; did you mean 'Result-Code'?"],
  ],
  ['a delay without a time', '{ do: fault, as: f1, delay: MAA }', ['s.yaml:4:5: steps[0].by: is missing; add by: 6s']],
  [
    'octets that are none',
    '{ do: fault, as: f1, replace: MAA, bytes: abc }',
    ["s.yaml:4:47: steps[0].bytes: 'abc' are no octets; write an even number of hexadecimal digits in quotes"],
  ],
  [
    'a replacement of nothing',
    '{ do: fault, as: f1, replace: MAA }',
    ['s.yaml:4:5: steps[0]: has neither message nor bytes; add message: with text, or bytes: with hexadecimal digits'],
  ],
  [
    'an empty parallel block',
    '{ parallel: [] }',
    ['s.yaml:4:17: steps[0].parallel: a list of 0 is too small; use 1 or more'],
  ],
  [
    'an empty loop',
    '{ for: u, in: [], steps: [{ do: wait, for: 1s }] }',
    ['s.yaml:4:19: steps[0].in: a list of 0 is too small; use 1 or more'],
  ],
  [
    'a loop without steps',
    '{ for: u, in: all }',
    ['s.yaml:4:5: steps[0].steps: is missing; add steps: with one line a step'],
  ],
  [
    'a repetition of zero',
    '{ repeat: 0, steps: [{ do: wait, for: 1s }] }',
    ['s.yaml:4:15: steps[0].repeat: 0 is too small; use 1 or more'],
  ],
  [
    'a repetition without an end',
    '{ repeat: 100000, steps: [{ repeat: 100000, steps: [{ do: wait, for: 1ms }] }] }',
    [
      's.yaml:4:31: steps[0].steps[0]: comes to more than 100000 steps, the most that a scenario may have; repeat less often, or use several scenarios',
    ],
  ],
  [
    'a name that nothing captures',
    `{ do: message, from: ue1, to: ue2, text: '\${callid}' }`,
    [`s.yaml:4:46: steps[0].text: 'callid' is no parameter, and no step captures it; use one of \${hold}, \${home}`],
  ],
  [
    'a parameter misspelt',
    `{ do: wait, for: '\${hodl}' }`,
    [`s.yaml:4:22: steps[0].for: 'hodl' is no parameter, and no step captures it; did you mean '\${hold}'?`],
  ],
  [
    'a value of an unknown node',
    `{ do: message, from: ue1, to: ue2, text: '\${ue3.imsi}' }`,
    [`s.yaml:4:46: steps[0].text: t.yaml has no node 'ue3'; did you mean '\${ue1.imsi}'?`],
  ],
  [
    'an unknown value of a node',
    `{ do: message, from: ue1, to: ue2, text: '\${ue1.imis}' }`,
    ["s.yaml:4:46: steps[0].text: of ue1 nothing is known as 'imis'; did you mean 'imsi'?"],
  ],
  [
    'a brace without an end',
    `{ do: message, from: ue1, to: ue2, text: '\${ue1' }`,
    [`s.yaml:4:46: steps[0].text: '\${ue1' has a \${ without an end; write \${name}`],
  ],
  [
    'an empty capture',
    '{ expect: message, message: REGISTER, capture: {} }',
    ['s.yaml:4:52: steps[0].capture: captures nothing; write name: field, such as id: Call-ID'],
  ],
  [
    'a capture from what must not come',
    '{ expect: message, message: REGISTER, count: 0, capture: { id: Call-ID } }',
    ['s.yaml:4:53: steps[0].capture: captures from a message that must not come; remove it'],
  ],
  [
    'a capture of an unknown field',
    '{ expect: message, message: REGISTER, capture: { id: Cal-ID } }',
    [
      's.yaml:4:58: steps[0].capture.id: there is no header Cal-ID; did you mean \'Call-ID\'? Another header: "Cal-ID" in quotes',
    ],
  ],
  [
    'a capture named like a parameter',
    '{ expect: message, message: REGISTER, capture: { hold: Call-ID } }',
    ["s.yaml:4:54: steps[0].capture.hold: 'hold' is the name of a parameter; capture it under another name"],
  ],
  [
    'a call without an end',
    '{ do: call, from: ue1, to: ue2, hold-for: until-released }',
    [
      's.yaml:4:47: steps[0].hold-for: no step ends this call; name it with as: c1 and add { do: hang-up, as: c1 }, or give a duration',
    ],
  ],
  [
    'a call of oneself',
    '{ do: call, from: ue1, to: ue1 }',
    ['s.yaml:4:32: steps[0].to: ue1 cannot call itself; name another UE'],
  ],
  [
    'a callee that is no URI',
    "{ do: call, from: ue1, to: 'sip:' }",
    [
      "s.yaml:4:32: steps[0].to: 'sip:' is no SIP or tel URI; write a UE of the topology, sip:user@domain or tel:+15550100001",
    ],
  ],
  [
    'a duration without a unit',
    '{ do: wait, for: 2 }',
    ['s.yaml:4:22: steps[0].for: 2 is no duration; write a number and a unit: 500ms, 2s, 4min, 1h'],
  ],
  [
    'an order of one message',
    '{ expect: order, messages: [REGISTER] }',
    ['s.yaml:4:32: steps[0].messages: a list of 1 is too small; use 2 or more'],
  ],
  [
    'an unknown setting',
    '{ do: set, node: ue2, key: call.anser, value: busy }',
    ["s.yaml:4:32: steps[0].key: ue2 has no 'call.anser'; did you mean 'answer'?"],
  ],
  [
    'a setting of the wrong kind',
    '{ do: set, node: ue2, key: call.answer, value: bussy }',
    ["s.yaml:4:52: steps[0].value: 'bussy' is no value of call.answer; did you mean 'busy'?"],
  ],
  [
    'a registration that nobody asked for',
    '{ expect: registration, ue: ue1, is: registered }',
    ['s.yaml:4:33: steps[0].ue: no step before this one registers ue1; add { do: register, ue: ue1 } before it'],
  ],
  [
    'a heal of what was not cut',
    '{ do: heal, between: [ue1, pcscf1] }',
    ['s.yaml:4:26: steps[0].between: nothing of ue1 has been cut; cut it in a step before, or remove this step'],
  ],
  [
    'a link of a node to itself',
    '{ do: link, between: [ue1, ue1], loss: 0.1 }',
    ['s.yaml:4:26: steps[0].between: ue1 stands on both sides; a link joins two nodes: name two'],
  ],
  [
    'a loss above one',
    '{ do: link, between: [ue1, pcscf1], loss: 2 }',
    ['s.yaml:4:47: steps[0].loss: 2 is too big; use 1 or less'],
  ],
  [
    'an injection over a transport that nobody listens on',
    '{ do: inject, from: scscf1, to: hss1, message: hello }',
    ['s.yaml:4:5: steps[0].protocol: hss1 does not listen on udp; write protocol: tcp'],
  ],
  [
    'an injection of nothing',
    '{ do: inject, from: ue1, to: pcscf1 }',
    ['s.yaml:4:5: steps[0]: has neither message nor bytes; add message: with text, or bytes: with hexadecimal digits'],
  ],
  [
    'coverage regained that was not lost',
    '{ do: regain-coverage, ue: ue1 }',
    ['s.yaml:4:32: steps[0].ue: ue1 has coverage here; let it lose-coverage before, or remove this step'],
  ],
  [
    'a captured name of a node',
    `{ do: stop, node: '\${callid}' }`,
    [`s.yaml:4:23: steps[0].node: 'callid' is no parameter, and no step captures it; use one of \${hold}, \${home}`],
  ],
  [
    'a rule that is none',
    '{ expect: message, message: REGISTER, rule: reg 24 }',
    ["s.yaml:4:49: steps[0].rule: 'reg 24' is no rule; write its id, such as REG-24"],
  ],
];
