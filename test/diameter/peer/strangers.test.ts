/** Connections on sockets whose other side keeps its end open: they are as many as there is room for, and no more. */
import { connect, type Socket } from 'node:net';
import { type CompiledApplication, cx, DiameterEndpoint } from '../../../src/diameter/index.js';
import { createRealEnvironment } from '../../../src/environment/real/index.js';
import { createMachineHost } from '../../../src/machine/index.js';
import { cer, dpr, realm } from './lab.js';

const address = '127.0.0.1';
const half = 500;

let real: ReturnType<typeof createRealEnvironment>;
let hss: DiameterEndpoint;
let port: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  real = createRealEnvironment();
  const environment = real.environmentFor('hss1');
  const host = createMachineHost({ node: 'hss1', environment, mode: 'compiled' });
  const identity = {
    originHost: `hss1.${realm}`,
    originRealm: realm,
    addresses: [address],
    productName: 'imslab',
    vendorId: 0,
  };
  const applications = [cx as unknown as CompiledApplication];
  hss = new DiameterEndpoint({ environment, host, identity, applications, timers: { disconnectMs: 20 } });
  port = await new Promise<number>((resolve) => {
    hss.listen({ address, port: 0 }, { onListening: (local) => resolve(local.port) });
  });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise<void>((resolve) => hss.shutdown(resolve));
  await real.close();
});

/** Says `bytes` and never ends its side; resolves when the server has ended its own. */
function stranger(bytes: Buffer): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, allowHalfOpen: true });
    sockets.push(socket);
    socket.on('connect', () => socket.write(bytes));
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('end', () => resolve(socket));
    socket.on('close', () => resolve(socket));
  });
}

/** Sockets of the server's side: those of this process but ours. What has been destroyed is gone a moment later. */
async function untilHeld(count: number): Promise<void> {
  const held = (): number => {
    const all = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    return all - sockets.filter(({ closed }) => !closed).length;
  };
  for (let turn = 0; turn < 1_000 && held() > count; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(held()).toBe(count);
}

describe('CX 6.3 / RFC 6733 2.1: the other side keeps its end open', () => {
  it.each([
    ['no message of Diameter', Buffer.alloc(64)],
    ['the name of the server itself', cer(`hss1.${realm}`)],
    ['nothing in common', cer(`raw.${realm}`, 4)],
  ])('refused for %s: half of the places for one address', async (_, bytes) => {
    for (let round = 0; round < 7; round++) await Promise.all(Array.from({ length: 100 }, () => stranger(bytes)));
    await untilHeld(half);
  });

  it('peers that have ended are strangers again', async () => {
    const dprOf = (name: string): Buffer => Buffer.concat([cer(name), dpr(name, 0)]);
    for (let round = 0; round < 7; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => stranger(dprOf(`raw${round}-${i}.${realm}`))));
    }
    await untilHeld(half);
  });
});
