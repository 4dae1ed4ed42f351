/** An HSS of this project, and files of `imslab diameter`, for tests of the tool. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type SendOptions, send } from '../../src/cli/diameter-send.js';
import { type ServeOptions, serve } from '../../src/cli/diameter-serve.js';
import { messageOctets } from '../../src/diameter/script/avp.js';
import { ScriptedPeer } from '../../src/diameter/script/scripted-peer.js';
import { capabilitiesAvps, numberAvp, textAvp } from '../../src/diameter/script/standard-avps.js';
import type { Endpoint } from '../../src/environment/index.js';
import type { RealEnvironment } from '../../src/environment/real/index.js';
import { OpenLab } from '../../src/lab/open-lab.js';
import { createMachineHost } from '../../src/machine/index.js';
import { findTopology } from '../../src/topology/find-file.js';
import { loadLab } from '../../src/topology/load.js';
import { parseOverride } from '../../src/topology/source.js';
import { bareSummary } from '../../src/trace/index.js';
import { type Captured, captured } from './captured.js';

export const examples = resolve(__dirname, '../../docs/examples/diameter');

export function example(name: string): string {
  return join(examples, `${name}.yaml`);
}

/** Runs `work` while hss1 of topologies/volte.yaml listens on `address`. */
export async function withHss<TResult>(address: string, work: () => Promise<TResult>): Promise<TResult> {
  const written = loadLab(findTopology('volte'), [parseOverride(`nodes.hss1.listen=[tcp://${address}]`)]);
  const open = new OpenLab({ written, environment: 'real', seed: 0, only: ['hss1'], judging: false });
  try {
    await open.start();
    return await work();
  } finally {
    await open.close({ ...bareSummary, title: 'HSS' }, {});
  }
}

export function sending(file: string, options: Partial<SendOptions>): Promise<Captured> {
  return captured(() => send(file, { to: '127.0.0.1:3868', set: [], ...options }));
}

/** A server from a file, and what the client does while it serves; `onServer` sees the server's end. */
export function served(
  file: string,
  options: Partial<ServeOptions> & { readonly listen: string },
  work: () => Promise<number>,
): Promise<Captured & { readonly servedStatus: number }> {
  let listening: () => void = () => {};
  const isListening = new Promise<void>((done) => {
    listening = done;
  });
  let servedStatus = -1;
  return captured(
    async () => {
      const serving = serve(file, { set: [], ...options });
      await Promise.race([isListening, serving]);
      const status = await work();
      if (options.count === undefined && options.for === undefined) process.emit('SIGINT');
      servedStatus = await serving;
      return status;
    },
    (stdout) => {
      if (stdout.includes('Listening on')) listening();
    },
  ).then((result) => ({ ...result, servedStatus }));
}

export function resultOf(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
}

const cx = { id: 16777216, vendor: 10415, name: 'Cx', isAccounting: false };
const identity = {
  host: 'hss.example',
  realm: 'example',
  addresses: ['127.0.0.1'],
  vendorId: 0,
  productName: 'test',
  originStateId: undefined,
};

/** Sends an RTR to whoever has connected, and answers the first request of the other side when that is answered. */
export class RequestingServer {
  readonly answers: Buffer[] = [];

  constructor(environment: RealEnvironment, listen: Endpoint) {
    const host = createMachineHost({ node: 'hss', environment: environment.environmentFor('hss'), mode: 'compiled' });
    let waiting: (() => void) | undefined;
    const rtr = { command: 304, application: cx.id, flags: 0xc0, hopByHop: 0, endToEnd: 1 };
    environment.network.listenStream(listen, {
      onConnection: (stream) =>
        ScriptedPeer.accept(
          {
            environment: environment.environmentFor('hss'),
            host,
            name: 'client',
            identity,
            capabilities: capabilitiesAvps(identity, [cx]),
            handshakeMs: 5_000,
            disconnectMs: 1_000,
            handlers: {
              onOpen: (peer) => {
                const bytes = messageOctets(rtr, [textAvp('Session-Id', 's'), textAvp('User-Name', 'u1')]);
                const onAnswer = (answer: Buffer | undefined): void => {
                  if (answer !== undefined) this.answers.push(answer);
                  waiting?.();
                };
                // After the CEA.
                environment.clock.setTimer(0, () => peer.send({ bytes, onAnswer }));
              },
              onRequest: (peer, request) => {
                const [hopByHop, endToEnd] = [request.readUInt32BE(12), request.readUInt32BE(16)];
                const head = { command: request.readUIntBE(5, 3), application: cx.id, flags: 0x40, hopByHop, endToEnd };
                waiting = () => peer.write(messageOctets(head, [numberAvp('Result-Code', 2001)]));
                if (this.answers.length > 0) waiting();
              },
              onClosed: () => {},
            },
          },
          stream,
        ),
      onError: () => {},
    });
  }
}
