/**
 * Accepted connections that are in nobody's service: they have not said yet who they are, or they have been refused or ended
 * and the other side keeps its end open. Anybody may make them, and each holds a socket and tables of its own.
 */
import type { Connection } from './connection.js';
import { SharedRoom } from './shared-room.js';

/** Of all addresses; one address alone gets half. */
const strangersMax = 1_000;

export class Strangers {
  readonly #room = new SharedRoom(strangersMax);
  /** The oldest first. */
  readonly #connections = new Set<Connection>();

  /** `onDismissed`: one makes room and is destroyed now. */
  constructor(private readonly onDismissed: (connection: Connection) => void) {}

  /** It has been accepted, or its end has begun. Where there is no room, the oldest of its address goes, or else of all. */
  add(connection: Connection): void {
    if (!this.#connections.delete(connection)) this.#takeRoom(connection.remoteAddress);
    this.#connections.add(connection);
  }

  /** It is in somebody's service, or gone. */
  remove(connection: Connection): void {
    if (this.#connections.delete(connection)) this.#room.giveBack(connection.remoteAddress, 1);
  }

  #takeRoom(address: string): void {
    while (!this.#room.take(address, 1)) {
      const oldest = this.#oldest(address);
      this.remove(oldest);
      this.onDismissed(oldest);
      oldest.destroy();
    }
  }

  #oldest(address: string): Connection {
    let first: Connection | undefined;
    for (const connection of this.#connections) {
      if (connection.remoteAddress === address) return connection;
      first ??= connection;
    }
    return first!;
  }
}
