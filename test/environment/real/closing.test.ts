import type { StreamConnection } from '../../../src/environment/index.js';
import { createRealEnvironment } from '../../../src/environment/real/index.js';

describe('the end of the real environment', () => {
  it('comes also when it falls between the end of a connection and its acknowledgement', async () => {
    for (let round = 0; round < 20; round++) {
      const environment = createRealEnvironment();
      const connections: StreamConnection[] = [];
      await new Promise<void>((resolve) => {
        const listener = environment.network.listenStream(
          { address: '127.0.0.1', port: 0 },
          {
            onListening: (local) => {
              connections.push(
                environment.network.connectStream({ address: '127.0.0.1', port: 0 }, local, {
                  onOpen: () => {},
                  onData: () => {},
                  onClose: () => {},
                }),
              );
            },
            onConnection: (connection) => {
              connections.push(connection);
              listener.close();
              resolve();
              return { onOpen: () => {}, onData: () => {}, onClose: () => {} };
            },
            onError: () => {},
          },
        );
      });
      for (const connection of connections) {
        connection.write(Buffer.alloc(100));
        connection.close();
      }
      await environment.close();
    }
  });
});
