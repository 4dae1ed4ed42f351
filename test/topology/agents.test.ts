import type { DraNode, IcscfNode, Lab, SlfNode } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { draConfig, icscfConfig, slfConfig } from '../../src/topology/node-config.js';
import { InputError } from '../../src/topology/problem.js';
import { TestFolder, topologyText } from './files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const home = 'ims.mnc001.mcc001.3gppnetwork.org';

function load(agent: string, hss = 'agent1'): Lab {
  const text = topologyText(
    (written) => `${written.replaceAll('{ hss: hss1 }', `{ hss: ${hss} }`)}  agent1: ${agent}\n`,
  );
  return loadLab(folder.write('topology.yaml', text));
}

function refusal(agent: string, hss?: string): readonly string[] {
  try {
    load(agent, hss);
  } catch (error) {
    if (error instanceof InputError) return error.message.split('\n').map((line) => line.replace(/^[^ ]*: /, ''));
    throw error;
  }
  throw new Error('it was taken');
}

function node<TNode>(lab: Lab, name: string): TNode {
  return lab.nodes.find((each) => each.name === name) as TNode;
}

const listen = 'listen: [tcp://127.0.9.6:3868]';

it('RFC 6733 2.7: an agent without routes serves the home realm with all its peers, in their order', () => {
  const lab = load(`{ role: dra, ${listen}, diameter: { peers: [hss1] } }`);
  const config = draConfig(node<DraNode>(lab, 'agent1'), lab);
  expect(config.mode).toBe('relay');
  expect(config.routes).toEqual([{ realm: home, application: undefined, servers: [`hss1.${home}`] }]);
  expect(config.diameter.peers.map(({ name }) => name)).toEqual(['hss1']);
});

it('RFC 6733 2.7, 6.13: routes and what is said with a redirect stand in the topology', () => {
  const routes = 'routes: [{ realm: "*", application: 16777216, to: hss1 }]';
  const redirect = 'redirect: { usage: all-user, cache-time: 2min }';
  const lab = load(`{ role: dra, mode: redirect, ${listen}, diameter: { peers: hss1 }, ${routes}, ${redirect} }`);
  const config = draConfig(node<DraNode>(lab, 'agent1'), lab);
  expect(config.routes).toEqual([{ realm: '*', application: 16777216, servers: [`hss1.${home}`] }]);
  expect(config.redirect).toMatchObject({ usage: 6, cacheSeconds: 120 });
  expect(config.redirect.uriOf(`HSS1.${home}`)).toBe(`aaa://HSS1.${home}:3868;transport=tcp;protocol=diameter`);
  expect(config.redirect.uriOf(`hss9.${home}`)).toBeUndefined();
  // It has nothing to say to those to whom it sends.
  expect(config.diameter.peers).toEqual([]);
});

it('TS 23.228 5.8.1: an SLF knows whom the subscriber file gives its HSSs, where these do not run beside it', () => {
  const lab = load(`{ role: slf, ${listen}, diameter: { hss: hss1 } }`);
  const { mode, databases } = slfConfig(node<SlfNode>(lab, 'agent1'), lab);
  expect(mode).toBe('redirect');
  const [database] = databases;
  const membersOf = (privateIdentity: string) => {
    let count: number | undefined;
    database!.byPrivate(privateIdentity, (stored) => {
      count = stored?.members.length;
    });
    return count;
  };
  expect([databases.length, database!.originHost]).toEqual([1, `hss1.${home}`]);
  expect([membersOf(`001010000000001@${home}`), membersOf(`001019999999999@${home}`)]).toEqual([1, undefined]);
});

it('RFC 6733 2.7: a CSCF has several peers, the first of them preferred, and finds hosts of redirects', () => {
  const lab = load(`{ role: dra, ${listen}, diameter: { peers: [hss1] } }`, '[agent1, hss1]');
  const { diameter } = icscfConfig(node<IcscfNode>(lab, 'icscf1'), lab);
  expect(diameter.peers.map(({ name }) => name)).toEqual(['agent1', 'hss1']);
  expect(diameter.reach?.({ host: `hss1.${home}`, port: 3869, transport: 'tcp' })).toEqual({
    from: { address: '127.0.9.2', port: 0 },
    to: { address: '127.0.9.4', port: 3869 },
  });
  expect(diameter.reach?.({ host: `hss1.${home}`, port: 3868, transport: 'sctp' })).toBeUndefined();
  expect(diameter.reach?.({ host: 'elsewhere.example', port: 3868, transport: 'tcp' })).toBeUndefined();
});

it.each([
  [
    '{ role: dra, listen: [udp://127.0.9.6:3868], diameter: { peers: hss1 } }',
    'a Diameter agent speaks Diameter over TCP',
  ],
  [`{ role: dra, ${listen}, diameter: { peers: [hss1, hss2] } }`, "there is no node 'hss2'"],
  [`{ role: dra, ${listen}, diameter: { peers: ue1 } }`, "'ue1' is no hss but a ue"],
  [
    `{ role: dra, ${listen}, diameter: { peers: hss1 }, routes: [{ realm: a.example, to: [pcscf1] }] }`,
    "'pcscf1' is no hss",
  ],
  [`{ role: slf, ${listen}, diameter: { hss: icscf1 } }`, "'icscf1' is no hss but an i-cscf"],
])('refuses %s', (agent, problem) => {
  expect(refusal(agent).join('\n')).toContain(problem);
});
