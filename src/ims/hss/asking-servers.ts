/** The S-CSCFs that ask. */
import type { DiameterRequester } from '../../diameter/index.js';
import type { AssignedServer } from './subscription.machine.js';

/** S-CSCFs make few names; who invents many only loses the sharing. */
const serversMax = 1_000;

/** One object of each for all users that it serves. */
export class AskingServers {
  readonly #servers = new Map<string, AssignedServer>();
  #last: AssignedServer | undefined;

  of({ serverName, originHost, originRealm }: { readonly serverName: string } & DiameterRequester): AssignedServer {
    const last = this.#last;
    if (last?.name === serverName && last.host === originHost && last.realm === originRealm) return last;
    const key = `${serverName} ${originHost} ${originRealm}`;
    let server = this.#servers.get(key);
    if (server === undefined) {
      if (this.#servers.size >= serversMax) this.#servers.clear();
      server = { name: serverName, host: originHost, realm: originRealm };
      this.#servers.set(key, server);
    }
    this.#last = server;
    return server;
  }
}
