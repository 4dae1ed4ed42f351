import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo, Server, Socket } from 'node:net';
import { send } from '../../src/cli/diameter-send.js';
import { example, sending, served } from './diameter-tool.js';

/** What of the npm package `diameter` (docs/decisions/0001-diameter-package.md) is used here: as a peer that we did not write. */
type Body = (readonly [string | number, unknown])[];
interface ForeignMessage {
  readonly command: string;
  body: Body;
}
interface DiameterSocket extends Socket {
  readonly diameterConnection: {
    createRequest(application: string, command: string): ForeignMessage;
    sendRequest(request: ForeignMessage): Promise<ForeignMessage>;
  };
}
interface ForeignEvent {
  readonly message: ForeignMessage;
  readonly response: ForeignMessage;
  callback(response: ForeignMessage): void;
}
const diameter = createRequire(__filename)('diameter') as {
  createServer(options: object, onConnection: (socket: DiameterSocket) => void): Server;
  createConnection(options: object, onConnection: () => void): DiameterSocket;
};

const origin: Body = [
  ['Origin-Host', 'ocs.example'],
  ['Origin-Realm', 'example'],
];
const capabilities: Body = [
  ...origin,
  ['Host-IP-Address', '127.0.0.1'],
  ['Vendor-Id', 0],
  ['Product-Name', 'node-diameter'],
  ['Auth-Application-Id', 4],
];

function valueIn(body: Body, name: string): unknown {
  return body.find(([each]) => each === name)?.[1];
}

/** It puts the Session-Id of the request into answers itself. */
function answerOf({ command, body }: ForeignMessage): Body {
  if (command === 'Capabilities-Exchange') return [['Result-Code', 2001], ...capabilities];
  if (command !== 'Credit-Control') return [['Result-Code', 2001], ...origin];
  const type = valueIn(body, 'CC-Request-Type');
  // It encodes no number of 64 bits that needs more than 32 of them.
  const units: Body = [
    ['Multiple-Services-Credit-Control', [['Granted-Service-Unit', [['CC-Total-Octets', 5_000_000]]]]],
  ];
  return [
    ['Result-Code', 2001],
    ...origin,
    ['Auth-Application-Id', 4],
    ['CC-Request-Type', type],
    ['CC-Request-Number', valueIn(body, 'CC-Request-Number')],
    ...(type === 'TERMINATION_REQUEST' ? [] : units),
  ];
}

describe('the npm package diameter as a peer', () => {
  it('as a server: capabilities, credit control with groups in groups, disconnect', async () => {
    const seen: string[] = [];
    const used: unknown[] = [];
    const server = diameter.createServer({}, (socket) => {
      socket.on('error', () => {});
      socket.on('diameterMessage', ({ message, response, callback }: ForeignEvent) => {
        seen.push(message.command);
        used.push(valueIn(message.body, 'Multiple-Services-Credit-Control'));
        response.body = [...response.body, ...answerOf(message)];
        callback(response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const result = await sending(example('credit-control'), { to: `127.0.0.1:${port}`, json: true });
    server.close();
    expect(result.stderr).toContain('passed: 2 sent, 2 answered, 0 failed');
    expect(result.status).toBe(0);
    expect(seen).toEqual(['Capabilities-Exchange', 'Credit-Control', 'Credit-Control', 'Disconnect-Peer']);
    expect(JSON.stringify(used[2])).toContain('5000000');
  });

  it('as a client: our server is what it takes for an online charging system', async () => {
    const listen = '127.0.78.9:3868';
    let answers: ForeignMessage[] = [];
    const result = await served(example('credit-control-answers'), { listen }, async () => {
      const socket = diameter.createConnection({ host: '127.0.78.9', port: 3868 }, () => {});
      socket.on('error', () => {});
      await once(socket, 'connect');
      const connection = socket.diameterConnection;
      const ask = async (application: string, command: string, body: Body): Promise<ForeignMessage> => {
        const request = connection.createRequest(application, command);
        request.body = [...request.body.filter(([name]) => name === 'Session-Id'), ...body];
        return connection.sendRequest(request);
      };
      answers = [
        await ask('Diameter Common Messages', 'Capabilities-Exchange', capabilities),
        await ask('Diameter Credit Control Application', 'Credit-Control', [
          ...origin,
          ['Destination-Realm', 'epc.mnc001.mcc001.3gppnetwork.org'],
          ['Auth-Application-Id', 4],
          ['Service-Context-Id', '32251@3gpp.org'],
          ['CC-Request-Type', 'INITIAL_REQUEST'],
          ['CC-Request-Number', 0],
          ['Multiple-Services-Credit-Control', [['Rating-Group', 7]]],
        ]),
        await ask('Diameter Common Messages', 'Device-Watchdog', origin),
      ];
      socket.destroy();
      return 0;
    });
    expect(result.servedStatus).toBe(0);
    expect(answers.map(({ body }) => valueIn(body, 'Result-Code'))).toEqual(Array(3).fill('DIAMETER_SUCCESS'));
    const group = valueIn(answers[1]!.body, 'Multiple-Services-Credit-Control') as Body;
    expect(valueIn(group, 'Rating-Group')).toBe(7);
    expect(String(valueIn(valueIn(group, 'Granted-Service-Unit') as Body, 'CC-Total-Octets'))).toBe('1000000');
  });

  it('and ours with ours, by the same files', async () => {
    const listen = '127.0.78.10:3868';
    const result = await served(example('credit-control-answers'), { listen, count: 2 }, () =>
      send(example('credit-control'), { to: listen, set: [] }),
    );
    expect(result).toMatchObject({ status: 0, servedStatus: 0 });
  });
});
