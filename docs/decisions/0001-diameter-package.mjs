/**
 * The evidence for 0001-diameter-package.md: run `node docs/decisions/0001-diameter-package.mjs` after `npm ci`.
 * Nothing leaves loopback; the endless loop runs in a worker that is ended after two seconds.
 */
import { createCipheriv } from 'node:crypto';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

process.noDeprecation = true; // the package calls `new Buffer`

const require = createRequire(import.meta.url);
const dictionary = require('diameter/dictionary.json');
const codec = require('diameter/lib/diameter-codec.js');
const types = require('diameter/lib/diameter-types.js');
const diameter = require('diameter');

const common = 'Diameter Common Messages';

function request(command, body) {
  const message = codec.constructRequest(common, command, 'client;1;1');
  message.header.hopByHopId = 1;
  message.body.push(...body);
  return codec.encodeMessage(message);
}

/** AVP codes 600 to 658 of vendor 10415, the application and the commands of Cx (TS 29.229, TS 29.230). */
function reportDictionary() {
  const cx = dictionary.avps.filter(({ code, vendorId }) => vendorId === 10415 && code >= 600 && code <= 658);
  const commands = dictionary.commands.filter(({ code }) => code >= 300 && code <= 309);
  const application = dictionary.applications.find(({ code }) => code === 16777216);
  const item = dictionary.avps.find(({ name }) => name === 'SIP-Auth-Data-Item');
  console.log(`dictionary: ${dictionary.avps.length} AVPs, ${dictionary.commands.length} commands`);
  console.log(`  Cx AVPs 600-658: ${cx.length} of 59`);
  console.log(`  commands 300-309: ${commands.length}; application 16777216: ${application?.name ?? 'none'}`);
  console.log(`  SIP-Auth-Data-Item is ${item.code} of vendor ${item.vendorId}, in Cx it is 612 of vendor 10415`);
}

/** 10,000 values as AKA makes them: 16 octets that look random, the same ones in every run. */
function reportOctetStrings() {
  const count = 10_000;
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(16 * count));
  let corrupted = 0;
  for (let i = 0; i < count; i++) {
    const octets = stream.subarray(16 * i, 16 * i + 16);
    if (!types.encode('OctetString', types.decode('OctetString', octets)).equals(octets)) corrupted++;
  }
  console.log(`OctetString of 16 octets, decoded and encoded again: ${corrupted} of ${count} come back changed`);
}

/** 100 watchdog requests in one write, as a proxy under load sends them; counts the answers in two seconds. */
async function reportPipelining() {
  const server = diameter.createServer({}, (socket) => {
    socket.on('diameterMessage', ({ response, callback }) => {
      response.body.push(['Result-Code', 'DIAMETER_SUCCESS']);
      callback(response);
    });
    socket.on('error', () => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect(server.address().port, '127.0.0.1');
  let octets = 0;
  client.on('data', (data) => {
    octets += data.length;
  });
  const watchdog = request('Device-Watchdog', [['Origin-Host', 'client.example']]);
  client.write(Buffer.concat(Array.from({ length: 100 }, () => watchdog)));
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const answer = codec.constructResponse(codec.decodeMessage(watchdog));
  answer.body.push(['Result-Code', 'DIAMETER_SUCCESS']);
  const answers = octets / codec.encodeMessage(answer).length;
  console.log(`100 requests in one segment: ${answers} answered within 2 s`);
  client.destroy();
  server.close();
}

/** A message whose first AVP says that it is 0 octets long. */
function decodeZeroLength() {
  const bytes = request('Device-Watchdog', [['Origin-Host', 'client.example']]);
  bytes.writeUIntBE(0, 25, 3);
  try {
    codec.decodeMessage(bytes);
    parentPort.postMessage('decoded');
  } catch (error) {
    parentPort.postMessage(`refused: ${error.message}`);
  }
}

async function reportZeroLength() {
  const worker = new Worker(new URL(import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 256 } });
  const outcome = await new Promise((resolve) => {
    const timer = setTimeout(() => resolve('still running after 2 s; ended from outside'), 2_000);
    const settle = (text) => {
      clearTimeout(timer);
      resolve(text);
    };
    worker.on('message', settle);
    worker.on('error', (error) => settle(`never returns; its list of AVPs filled 256 MB (${error.code})`));
  });
  await worker.terminate();
  console.log(`an AVP of length 0: ${outcome}`);
}

if (isMainThread) {
  reportDictionary();
  reportOctetStrings();
  await reportPipelining();
  await reportZeroLength();
} else {
  decodeZeroLength();
}
