import { formatDiameterUri, parseDiameterUri } from '../../../src/diameter/index.js';

// The examples of RFC 6733 4.3.1.
it.each([
  ['aaa://host.example.com;transport=tcp', { host: 'host.example.com', port: 3868, transport: 'tcp' }],
  ['aaa://host.example.com:6666;transport=tcp', { host: 'host.example.com', port: 6666, transport: 'tcp' }],
  ['aaa://host.example.com;protocol=diameter', { host: 'host.example.com', port: 3868, transport: 'tcp' }],
  ['aaa://host.example.com:6666;protocol=diameter', { host: 'host.example.com', port: 6666, transport: 'tcp' }],
  [
    'aaa://host.example.com:6666;transport=tcp;protocol=diameter',
    { host: 'host.example.com', port: 6666, transport: 'tcp' },
  ],
  ['aaas://host.example.com', { host: 'host.example.com', port: 5658, transport: 'tcp' }],
  ['aaa://[2001:db8::4]:3869;transport=sctp', { host: '2001:db8::4', port: 3869, transport: 'sctp' }],
])('CX-ROUTING / RFC 6733 4.3.1: reads %s', (text, uri) => {
  expect(parseDiameterUri(text)).toEqual(uri);
  const written = formatDiameterUri(uri);
  expect(parseDiameterUri(written)).toEqual(uri);
});

it.each([
  'sip:host.example.com',
  'aaa://host.example.com:6666;transport=udp;protocol=radius',
  'aaa://host.example.com:0',
  'aaa://host.example.com:70000',
  'aaa://',
  '',
  'aaa://a b',
])('CX-ROUTING / RFC 6733 4.3.1: %s names no Diameter node', (text) => {
  expect(parseDiameterUri(text)).toBeUndefined();
});
