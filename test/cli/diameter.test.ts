import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import Ajv from 'ajv';
import fc from 'fast-check';
import { parse } from 'yaml';
import { readAnswers, readRequests } from '../../src/cli/diameter-file.js';
import { resultText, seen } from '../../src/cli/diameter-message.js';
import { send } from '../../src/cli/diameter-send.js';
import { schemaDocuments } from '../../src/cli/schema-documents.js';
import { readHeader } from '../../src/diameter/codec/decode.js';
import { messageOctets } from '../../src/diameter/script/avp.js';
import { numberAvp, textAvp } from '../../src/diameter/script/standard-avps.js';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { StartError, UsageError } from '../../src/lab/errors.js';
import { readField } from '../../src/selection/index.js';
import { InputError } from '../../src/topology/problem.js';
import { readTrace } from '../../src/trace/index.js';
import { TestFolder } from '../topology/files.js';
import { example, examples, RequestingServer, resultOf, sending, served, withHss } from './diameter-tool.js';

const folder = new TestFolder();
afterAll(() => folder.remove());
const out = (name: string) => join(folder.path, name);

const answers = schemaDocuments().get('diameter-answers.schema.json')!;
const requests = schemaDocuments().get('diameter-requests.schema.json')!;
const validator = (text: string) => {
  const { $schema, ...schema } = JSON.parse(text) as Record<string, unknown>;
  return new Ajv({ allErrors: true }).compile(schema);
};
const [isAnswers, isRequests] = [validator(answers), validator(requests)];

const success = numberAvp('Result-Code', 2001);
function cea(cer: Buffer): Buffer {
  const origin = [textAvp('Origin-Host', 'other.example'), textAvp('Origin-Realm', 'example')];
  return messageOctets({ ...readHeader(cer), flags: 0 }, [success, ...origin]);
}

describe('imslab diameter send', () => {
  it.each([
    ['cx-registration', 6],
    ['cx-mistakes', 10],
  ])('docs/examples/diameter/%s.yaml: our HSS answers all of it as expected', async (name, count) => {
    const result = await withHss('127.0.77.4:3868', () =>
      sending(example(name), { to: '127.0.77.4', out: out(name), json: true }),
    );
    expect(result.stderr).toContain(`passed: ${count} sent, ${count} answered, 0 failed`);
    expect(result.status).toBe(0);
    const report = JSON.parse(result.stdout);
    expect(report).toMatchObject({ verdict: 'passed', capabilities: 2001, total: { sent: count, failed: 0 } });
    expect(report).toEqual(resultOf(out(name)));
    const trace = readTrace(readFileSync(join(out(name), 'trace.jsonl'), 'utf8'));
    const messages = trace.flatMap((record) => (record.kind === 'message' ? [record.summary] : []));
    expect(messages.slice(0, 2)).toEqual(['CER', 'CEA 2001 SUCCESS']);
    expect(messages.slice(-2)).toEqual(['DPR', 'DPA 2001 SUCCESS']);
    expect(messages).toHaveLength(2 * count + 4);
    expect(readFileSync(join(out(name), 'ladder.md'), 'utf8')).toContain('sequenceDiagram');
  });

  it('of many failures the first 20 have lines, and the others are counted by their reason', async () => {
    const file = out('failures.yaml');
    writeFileSync(
      file,
      `identity: { host: t.example, realm: ims.mnc001.mcc001.3gppnetwork.org }
applications: [Cx]
requests:
  - request: LIR
    avps: { Public-Identity: "sip:\${run}@nowhere.example" }
    expect: { result: ERROR_USER_UNKNOWN, avps: { Session-Id: "a \${run}" } }
`,
    );
    const result = await withHss('127.0.77.15:3868', () => sending(file, { to: '127.0.77.15', repeat: 130 }));
    const lines = result.stdout.split('\n');
    expect(lines.filter((line) => line.includes('FAILED:'))).toHaveLength(20);
    expect(result.stdout).toContain('110 more failures:\n  110 × LIR: Session-Id is not as expected\n');
    expect([result.status, result.stdout.includes('failed: 130 sent, 130 answered, 130 failed')]).toEqual([1, true]);
  });

  it('an address that this machine has not is one of --from', async () => {
    await expect(sending(example('s6a'), { to: '127.0.0.1:3868', from: '192.0.2.1' })).rejects.toThrow(
      '--to 127.0.0.1:3868: the connection broke (EADDRNOTAVAIL); give --from an address that this machine has',
    );
  });

  it('plays a list often, so many at once, at no more than the rate, and tells percentiles', async () => {
    const result = await withHss('127.0.77.5:3868', () =>
      sending(example('load'), { to: '127.0.77.5:3868', repeat: 60, concurrency: 8, rate: 300, json: true }),
    );
    const { total, exchanges } = JSON.parse(result.stdout);
    expect(total).toMatchObject({ sent: 60, answered: 60, failed: 0, results: { '5001 ERROR_USER_UNKNOWN': 60 } });
    const { min, median, p90, p95, p99, max } = total.latencyMs;
    const ordered = [min, median, p90, p95, p99, max];
    expect([...ordered].sort((a, b) => a - b)).toEqual(ordered);
    expect(new Set(exchanges.map(({ run }: { run: number }) => run)).size).toBe(60);
  });

  it('fails with status 1 for what is not as expected, and says what it is', async () => {
    const file = folder.write(
      'wrong.yaml',
      `requests:
  - request: UAR
    avps: { User-Name: nobody, Public-Identity: "sip:nobody@x", Visited-Network-Identifier: x }
    expect: { result: 2xxx, avps: { Server-Name: /sip:/ } }
  - request: UAR
    avps: { User-Name: nobody, Public-Identity: "sip:nobody@x", Visited-Network-Identifier: x }
    expect:
      result: 5001
      avps: { Server-Name: /sip:/, Origin-Realm: x }
      absent: [Experimental-Result]
    capture: { server: Server-Name }
  - { request: SAR, avps: { Server-Name: "\${server}" } }
`,
    );
    const result = await withHss('127.0.77.6:3868', () => sending(file, { to: '127.0.77.6:3868' }));
    expect(result.status).toBe(1);
    expect(result.stdout).toMatch(/FAILED: result is 5001 ERROR_USER_UNKNOWN, not 2xxx$/m);
    expect(result.stdout).toContain('Server-Name is absent, not /sip:/');
    expect(result.stdout).toContain('Origin-Realm is ims.mnc001.mcc001.3gppnetwork.org, not x');
    expect(result.stdout).toContain('Experimental-Result is there');
    expect(result.stdout).toContain('not sent  FAILED: it could not be made: there is no value of ${server}');
    expect(result.stdout).toContain('failed: 2 sent, 2 answered, 3 failed, 1 not sent');
  });

  it('RFC 6733 5.3: a capabilities exchange that is refused is an error, or what the file wants', async () => {
    const body = (more: string) => `applications: [S6a]\n${more}requests: [{ request: ULR }]\n`;
    const unwanted = folder.write('s6a.yaml', body(''));
    const wanted = folder.write('refused.yaml', body('capabilities: { result: NO_COMMON_APPLICATION }\n'));
    await withHss('127.0.77.7:3868', async () => {
      await expect(send(unwanted, { to: '127.0.77.7:3868', set: [] })).rejects.toThrow(
        /--to .*: CEA with 5010.*; write into applications: those that it serves/,
      );
      expect(await sending(wanted, { to: '127.0.77.7:3868' })).toMatchObject({ status: 0 });
    });
  });

  it.each([
    [
      'garbage instead of CEA',
      () => Buffer.alloc(64, 0xff),
      undefined,
      /sent what is no Diameter: message length 16777215 is/,
    ],
    ['RFC 6733 6.2: an answer of another command', cea, { command: 303 }, /command is 303, not 300 as in the request/],
    ['RFC 6733 6.2: an answer of another application', cea, { application: 4 }, /application is 4, not 16777216 as in/],
    ['RFC 6733 6.2: an answer to another request', cea, { endToEnd: 7 }, /end-to-end identifier is 7, not \d+ as in/],
  ])('%s is named', async (_, first, changes, words) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (cer) => {
        socket.write(first(cer as Buffer));
        socket.once('data', (request) => {
          socket.end(messageOctets({ ...readHeader(request as Buffer), flags: 0x40, ...changes }, [success]));
        });
      });
    });
    await new Promise<void>((listening) => void server.listen(3868, '127.0.77.9', listening));
    try {
      const file = folder.write('foreign.yaml', 'applications: [Cx]\nrequests: [{ request: UAR }]\n');
      const said = sending(file, { to: '127.0.77.9:3868' }).then(
        ({ status, stdout }) => (status === 0 ? 'passed' : stdout),
        (error: Error) => error.message,
      );
      expect(await said).toMatch(words);
    } finally {
      server.close();
    }
  });

  it('throws a StartError where nobody listens, and a UsageError for what is no address', async () => {
    await expect(sending(example('load'), { to: '127.0.77.8:3868' })).rejects.toThrow(StartError);
    await expect(sending(example('load'), { to: '::1' })).rejects.toThrow('put an IPv6 address in [ ]: [::1]:3868');
    await expect(sending(example('load'), { to: 'a b' })).rejects.toThrow(UsageError);
    await expect(sending(example('load'), { to: '127.0.0.1:0' })).rejects.toThrow('has the port 0');
    await expect(sending(example('load'), { from: 'hss1' })).rejects.toThrow('hss1 is no numeric address');
    await expect(sending(example('load'), { set: ['home'] })).rejects.toThrow('is not NAME=VALUE');
  });
});

describe('imslab diameter serve', () => {
  it('docs/examples/diameter/s6a*.yaml: an application by names of the foreign dictionary, both sides', async () => {
    const listen = '127.0.78.1:3868';
    const result = await served(example('s6a-answers'), { listen, count: 3, out: out('s6a') }, () =>
      send(example('s6a'), { to: listen, set: [] }),
    );
    expect(result).toMatchObject({ status: 0, servedStatus: 0 });
    expect(resultOf(out('s6a'))).toMatchObject({ requests: 3, failed: 0, connections: 1 });
  });

  it('docs/examples/diameter/cx-answers.yaml: drops, is busy, is slow, breaks the connection; ends in order on Ctrl-C', async () => {
    const file = folder.write(
      'tries.yaml',
      `timeout: 300ms
requests:
  - { request: UAR, name: lost, expect: { answer: false } }
  - { request: UAR, name: busy, expect: { result: TOO_BUSY, avps: { flags: -PE- } } }
  - request: UAR
    name: slow
    avps: { User-Name: "001" }
    expect: { result: COMMAND_UNSUPPORTED, within: 2s }
  - request: UAR
    name: elsewhere
    avps: { User-Name: "00101" }
    expect: { result: SUBSEQUENT_REGISTRATION, avps: { Server-Name: /^sip:scscf1/ } }
    capture: { server: Server-Name }
  - request: MAR
    avps: { User-Name: u1, Server-Name: "\${server}" }
    expect: { result: 5012, avps: { Error-Message: no vector for u1 } }
  - { request: SAR, name: breaks, expect: { answer: false } }
`,
    );
    const listen = '127.0.78.2:3868';
    const result = await served(example('cx-answers'), { listen, out: out('cx') }, () =>
      send(file, { to: listen, set: [] }),
    );
    expect(result.stdout).toMatch(/breaks +no answer +FAILED: the connection ended before an answer came/);
    expect(result.stdout).toContain('failed: 6 sent, 4 answered, 1 failed');
    expect(result.servedStatus).toBe(0);
    expect(resultOf(out('cx')).answers).toEqual([
      { name: 'the first is lost', requests: 1 },
      { name: 'then it is busy', requests: 1 },
      { name: 'a user that is registered elsewhere', requests: 1 },
      { name: 'no vector', requests: 1 },
      { name: 'the connection breaks', requests: 1 },
      { name: 'no answer that fits', requests: 1 },
    ]);
  });

  it('answers requests of the other side in send as well: RTR while the client waits', async () => {
    const client = folder.write(
      'client.yaml',
      `requests: [{ request: SAR }]
answers: [{ request: RTR, avps: { User-Name: "\${User-Name}" } }]
`,
    );
    const environment = createRealEnvironment();
    const server = new RequestingServer(environment, { address: '127.0.78.3', port: 3868 });
    try {
      const result = await sending(client, { to: '127.0.78.3:3868', json: true });
      expect(result.status).toBe(0);
      expect(JSON.parse(result.stdout).received).toEqual(['RTR: answered']);
      expect(server.answers.map((bytes) => resultText(bytes))).toEqual(['2001 SUCCESS']);
      expect(server.answers.map((bytes) => readField(seen(bytes), 'User-Name'))).toEqual([['u1']]);
    } finally {
      await environment.close();
    }
  });

  it('a property: whatever octets come, it goes on serving', async () => {
    const listen = '127.0.78.4:3868';
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      // A header with a length that fits, and anything behind it.
      fc.uint8Array({ minLength: 16, maxLength: 76 }).map((body) => {
        const bytes = Buffer.concat([Buffer.from([1, 0, 0, 0]), body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
        bytes.writeUIntBE(bytes.length, 1, 3);
        return bytes;
      }),
    );
    const result = await served(example('cx-answers'), { listen }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(octets, { minLength: 1, maxLength: 3 }), async (pieces) => {
          await new Promise<void>((done) => {
            const socket = connect({ host: '127.0.78.4', port: 3868 }, () => {
              for (const piece of pieces) socket.write(piece);
              socket.end();
            });
            socket.on('error', () => {});
            socket.on('close', () => done());
            socket.resume();
          });
        }),
        { numRuns: 60 },
      );
      return send(example('cx-registration'), { to: listen, set: [] });
    });
    expect(result.servedStatus).toBe(0);
    expect(result.stdout).toContain('scscf.ims.mnc001.mcc001.3gppnetwork.org (');
  }, 30_000);

  it('throws a StartError where it cannot listen', async () => {
    const listen = '127.0.78.5:3868';
    const result = served(example('cx-answers'), { listen, for: 300 }, async () => {
      const second = served(example('cx-answers'), { listen, count: 1 }, async () => 0);
      await expect(second).rejects.toThrow(`--listen ${listen}: cannot listen there (EADDRINUSE)`);
      return 0;
    });
    expect(await result).toMatchObject({ servedStatus: 0 });
  });
});

describe('files of imslab diameter', () => {
  it.each(readdirSync(examples))('docs/examples/diameter/%s is what the schema says, and is read', (name) => {
    const text = readFileSync(join(examples, name), 'utf8');
    const isServed = name.endsWith('-answers.yaml');
    expect((isServed ? isAnswers : isRequests)(parse(text))).toBe(true);
    expect(text).toContain(`schemas/diameter-${isServed ? 'answers' : 'requests'}.schema.json`);
    if (isServed) expect(readAnswers(join(examples, name), []).answers.length).toBeGreaterThan(0);
    else expect(readRequests(join(examples, name), []).requests.length).toBeGreaterThan(0);
  });

  it('a --set of a name that the file has not is refused, with the name that was meant', () => {
    const set = (name: string) => [{ path: ['values', name], value: '1', text: `${name}=1` }];
    const file = example('cx-registration');
    expect(() => readRequests(file, set('imis'))).toThrow(
      new InputError([
        {
          where: '--set imis=1',
          key: '',
          what: `${file} has no value imis`,
          mend: "did you mean 'imsi'?",
        },
      ]),
    );
    const asks = out('asks.yaml');
    writeFileSync(asks, 'requests: [{ request: UAR, avps: { User-Name: "${who}" } }]');
    expect(readRequests(asks, set('who')).values.get('who')).toBe('1');
  });

  it('a short name that two applications have is the command of the one in the file; 3GPP- may be left out', () => {
    const file = out('short.yaml');
    const commands = (text: string) => {
      writeFileSync(file, text);
      return readRequests(file, []).requests.map(({ command, application }) => [command.code, application.name]);
    };
    expect(commands('applications: [S6a]\nrequests: [{ request: PUR }, { request: Purge-UE-Request }]')).toEqual([
      [321, 'S6a'],
      [321, 'S6a'],
    ]);
    expect(commands('applications: [Sh]\nrequests: [{ request: PUR }]')).toEqual([[307, 'Sh']]);
    expect(commands('applications: [Sh, S6a]\nrequests: [{ request: PUR, application: S6a }]')).toEqual([[321, 'S6a']]);
  });

  it('a command that several applications have is of the one in the file that may have it', () => {
    const file = out('several.yaml');
    writeFileSync(file, 'applications: [Cx, Sh, Gx]\nrequests: [{ request: CCR }, { request: UDR }]');
    expect(readRequests(file, []).requests.map(({ application }) => application.name)).toEqual(['Gx', 'Sh']);
    writeFileSync(file, 'applications: [Gx, Gy]\nanswers: [{ request: CCR }, { request: CCR, application: Gy }]');
    expect(readAnswers(file, []).answers.map(({ application }) => application?.name)).toEqual([undefined, 'Gy']);
  });

  it.each([
    ['requests: [{ request: UAX }]', '1:23', 'requests[0].request', "there is no command UAX; did you mean 'UAR'?"],
    ['requests: [{ reqest: UAR }]', '1:14', 'requests[0].reqest', "unknown key; did you mean 'request'?"],
    [
      'applications: [Cxx]\nrequests: [{ request: UAR }]',
      '1:16',
      'applications[0]',
      "there is no application Cxx; did you mean 'Cx'?",
    ],
    [
      'applications: [Cx, Gx, Gy]\nrequests: [{ request: CCR }]',
      '2:23',
      'requests[0].request',
      'of which application CCR is cannot be told; write application: Cx or Gx or Gy',
    ],
    [
      'applications: [Cx, Gx]\nrequests: [{ request: 8388999 }]',
      '2:23',
      'requests[0].request',
      'of which application 8388999 is cannot be told; write application: Cx or Gx',
    ],
    [
      'requests: [{ request: UAR, avps: { Usr-Name: a } }]',
      '1:36',
      'requests[0].avps.Usr-Name',
      "there is no AVP Usr-Name; did you mean 'User-Name'?",
    ],
    [
      'requests: [{ request: SAR, avps: { Server-Assignment-Type: REGISTRATON } }]',
      '1:60',
      'requests[0].avps.Server-Assignment-Type',
      "'REGISTRATON' is no value of Server-Assignment-Type; did you mean 'REGISTRATION'?",
    ],
    [
      'requests: [{ request: UAR, avps: { User-Name: 17 } }]',
      '1:47',
      'requests[0].avps.User-Name',
      '17 is no text; put it in quotes, so that all its digits stay as they are',
    ],
    [
      'requests: [{ request: UAR, avps: { User-Name: "${im}" } }]\nvalues: { imsi: a }',
      '1:47',
      'requests[0].avps.User-Name',
      'nothing is called ${im}; use one of imsi, run, repeat',
    ],
    [
      'requests: [{ request: UAR, without: [Session-ID-] }]',
      '1:38',
      'requests[0].without[0]',
      "there is no AVP Session-ID-; did you mean 'Session-Id'?",
    ],
    [
      'requests: [{ request: UAR, expect: { result: SUCESS } }]',
      '1:46',
      'requests[0].expect.result[0]',
      "there is no result SUCESS; did you mean 'SUCCESS'?",
    ],
    [
      'requests: [{ request: UAR, expect: { result: {} } }]',
      '1:46',
      'requests[0].expect.result',
      '{} is no result; write a code such as 2001, its name, 2xxx, or a list of those',
    ],
    [
      'requests: [{ request: UAR, expect: { avps: { Servr-Name: a } } }]',
      '1:46',
      'requests[0].expect.avps.Servr-Name',
      "there is no AVP Servr-Name; did you mean 'Server-Name'?",
    ],
    [
      'requests: [{ request: UAR, expect: { avps: { Server-Name: { maximum: 1 } } } }]',
      '1:59',
      'requests[0].expect.avps.Server-Name',
      "'maximum' is not known here; use one of not, one-of, contains, min, max, present",
    ],
    [
      'requests: [{ request: UAR, expect: { answer: false, result: 2001 } }]',
      '1:38',
      'requests[0].expect.answer',
      'no answer can be what stands beside it; remove the one or the other',
    ],
    [
      'requests: [{ request: UAR, capture: { a: Nonsens.X } }]',
      '1:42',
      'requests[0].capture.a',
      'there is no AVP Nonsens; write its name as in the dictionary, or AVP-CODE',
    ],
    [
      'requests: [{ request: UAR, expect: { within: 1 } }]',
      '1:46',
      'requests[0].expect.within',
      '1 is no duration; write a number and a unit: 500ms, 2s, 4min, 1h',
    ],
    ['requests: [{ request: UAR, repeat: 0 }]', '1:36', 'requests[0].repeat', '0 is too small; use 1 or more'],
    [
      'requests: [{ request: UAR, end-to-end: x }]',
      '1:40',
      'requests[0].end-to-end',
      "'x' is no End-to-End id; write a number of 32 bits, or a captured one: ${NAME}",
    ],
    ['requests: []', '1:11', 'requests', 'a list of 0 is too small; use 1 or more'],
    [
      'capabilities: { result: SUCESS }\nrequests: [{ request: UAR }]',
      '1:25',
      'capabilities.result',
      "there is no result SUCESS; did you mean 'SUCCESS'?",
    ],
    [
      'answers: [{ result: SUCESS }]\nrequests: [{ request: UAR }]',
      '1:21',
      'answers[0].result',
      "there is no result SUCESS; did you mean 'SUCCESS'?",
    ],
    [
      'answers: [{ drop: true, disconnect: true }]\nrequests: [{ request: UAR }]',
      '1:25',
      'answers[0].disconnect',
      'stands beside drop; keep one of the two',
    ],
    [
      'answers: [{ avps: { User-Name: "${User-Nme}" } }]\nrequests: [{ request: UAR }]',
      '1:32',
      'answers[0].avps.User-Name',
      "there is no AVP User-Nme; did you mean 'User-Name'?",
    ],
  ])('%s', (text, place, key, what) => {
    const file = folder.write('mistake.yaml', text);
    let found = '';
    try {
      readRequests(file, []);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      found = (error as Error).message;
    }
    expect(found).toBe(`${file}:${place}: ${key}: ${what}`);
  });

  it('a value on the command line is one of the file', () => {
    const file = folder.write(
      'values.yaml',
      'values: { a: "1" }\nrequests: [{ request: UAR, avps: { User-Name: "${a}" } }]',
    );
    const { values } = readRequests(file, [{ path: ['values', 'a'], value: '007', text: 'a=007' }]);
    expect(values.get('a')).toBe('007');
  });
});
