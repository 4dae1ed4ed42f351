import { ScenarioFolder, withSteps } from './files.js';

const folder = new ScenarioFolder();
afterAll(() => folder.remove());

const step = '  - { do: register, ue: ue1 }';

describe('a fault that could never do what it says is refused when the file is read', () => {
  it.each([
    [
      '{ corrupt: 401 REGISTER, field: WWW-Authenticate.nonce.aunt }',
      "s.yaml:3:37: faults[0].field: a nonce has no aunt; did you mean 'autn'?",
    ],
    [
      '{ change: 200 REGISTER, set: { Subject: "a\\r\\nPath: b" } }',
      's.yaml:3:45: faults[0].set.Subject: the value goes over several lines; write it on one line, without a line end after it',
    ],
    [
      '{ answer: INVITE, status: 503, headers: { Retry-Aftr: 5 } }',
      's.yaml:3:59: faults[0].headers.Retry-Aftr: there is no header Retry-Aftr; did you mean \'Retry-After\'? Another header: "Retry-Aftr" in quotes',
    ],
    [
      '{ change: SAA, set: { Server-Assignment-Type: REGISTRATON } }',
      "s.yaml:3:51: faults[0].set.Server-Assignment-Type: REGISTRATON is no Enumerated; did you mean 'REGISTRATION'?",
    ],
    [
      '{ change: 200 REGISTER, set: { status: 42 } }',
      's.yaml:3:44: faults[0].set.status: 42 is no SIP status; write one of 100 to 699',
    ],
    [
      '{ change: UAR, set: { flags: 3 } }',
      's.yaml:3:34: faults[0].set.flags: flags cannot be set; replace the message',
    ],
  ])('%s', (fault, said) => {
    expect(folder.refusal(withSteps(step, `faults:\n  - ${fault}\n`))).toEqual([said]);
  });

  it('as a step too, and without what is captured before it', () => {
    const steps = (set: string): string =>
      withSteps(
        [
          step,
          '  - { expect: message, message: 200 REGISTER, capture: { id: Call-ID } }',
          `  - { do: fault, change: 200 REGISTER, set: ${set} }`,
        ].join('\n'),
      );
    expect(folder.load(steps(`{ Subject: "\${id}" }`))).toHaveLength(1);
    expect(folder.refusal(steps(`{ Subject: "\${id}", status: 42 }`))).toEqual([
      's.yaml:5:73: steps[2].set.status: 42 is no SIP status; write one of 100 to 699',
    ]);
    expect(folder.refusal(steps(`{ Subjct: "\${id}" }`))).toEqual([expect.stringContaining("did you mean 'Subject'?")]);
    expect(folder.refusal(steps(`{ "\${id}": 1 }`))).toEqual([
      `s.yaml:5:47: steps[2].set.\${id}: '\${id}' is captured, and a captured value cannot stand in a key; write the key, or use a parameter`,
    ]);
  });
});

it('parameters stand in keys as in values', () => {
  const head = 'params: { field: Contact.expires, header: Retry-After }\nfaults:\n';
  const [scenario] = folder.load(
    withSteps(
      `${step}\n  - { expect: message, message: 200 REGISTER, with: { "\${field}": { min: 1 } } }`,
      `${head}  - { change: 200 REGISTER, set: { "\${field}": 30 } }\n  - { answer: INVITE, status: 503, headers: { "\${header}": 5 } }\n`,
    ),
  );
  expect(scenario!.faults.map(({ action }) => action)).toMatchObject([
    { set: { 'Contact.expires': 30 } },
    { headers: { 'Retry-After': 5 } },
  ]);
  expect(scenario!.steps[1]).toMatchObject({ pattern: { with: { 'Contact.expires': { min: 1 } } } });
  expect(
    folder.refusal(
      withSteps(step, `params: { field: Contact }\nfaults:\n  - { change: 200 REGISTER, set: { "\${feld}": 30 } }\n`),
    ),
  ).toEqual([`s.yaml:4:36: faults[0].set.\${feld}: 'feld' is no parameter; did you mean '\${field}'?`]);
});
