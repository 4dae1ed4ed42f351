/** The control of what goes over networks, and how its CPU time is taken. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A 1.2 kB datagram over loopback with node:dgram, sent and received in this process. */
export async function datagramMicros(): Promise<number> {
  const count = 2_000;
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  const lookup = (_: string, __: unknown, callback: (error: null, address: string, family: number) => void): void =>
    callback(null, '127.0.0.1', 4);
  const sender = createSocket({ type: 'udp4', lookup: lookup as never });
  const bytes = Buffer.alloc(1200);
  const micros = await cpuMicros(
    () =>
      new Promise((resolve) => {
        let received = 0;
        receiver.on('message', () => {
          received++;
          if (received === count) resolve();
          else sender.send(bytes, port, '127.0.0.1');
        });
        sender.send(bytes, port, '127.0.0.1');
      }),
  );
  sender.close();
  receiver.close();
  return micros / count;
}

/** Of user and system, of all threads of this process. */
export async function cpuMicros(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
