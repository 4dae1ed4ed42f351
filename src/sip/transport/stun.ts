/** STUN Binding on the SIP port, as keep-alive of UDP flows. RFC 5626 4.4.2, RFC 5389 (only what a keep-alive needs). */
import { addressOctets } from '../../address-octets.js';
import type { Endpoint } from '../../environment/index.js';

const HEADER_LENGTH = 20;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;
const MAGIC_COOKIE = 0x2112a442;

/** A STUN message: its first two bits are 0, which no SIP message has, and it bears the cookie. */
export function isStun(bytes: Buffer): boolean {
  return bytes.length >= HEADER_LENGTH && bytes[0]! < 0x40 && bytes.readUInt32BE(4) === MAGIC_COOKIE;
}

/** RFC 5389 6; `transactionId` has 12 octets. */
export function bindingRequest(transactionId: Buffer): Buffer {
  const request = Buffer.alloc(HEADER_LENGTH);
  request.writeUInt16BE(BINDING_REQUEST, 0);
  request.writeUInt32BE(MAGIC_COOKIE, 4);
  transactionId.copy(request, 8, 0, 12);
  return request;
}

export function isBindingSuccess(message: Buffer): boolean {
  return message.readUInt16BE(0) === BINDING_SUCCESS;
}

/** The success response that tells the client the address we see, or undefined for anything but a Binding request. */
export function bindingResponse(request: Buffer, from: Endpoint): Buffer | undefined {
  if (request.readUInt16BE(0) !== BINDING_REQUEST) return undefined;
  const address = addressOctets(from.address);
  if (address === undefined) return undefined;
  const response = Buffer.alloc(HEADER_LENGTH + 8 + address.length);
  response.writeUInt16BE(BINDING_SUCCESS, 0);
  response.writeUInt16BE(8 + address.length, 2);
  // Cookie and transaction id are the request's; the address is masked with both (RFC 5389 15.2).
  request.copy(response, 4, 4, HEADER_LENGTH);
  response.writeUInt16BE(XOR_MAPPED_ADDRESS, HEADER_LENGTH);
  response.writeUInt16BE(4 + address.length, HEADER_LENGTH + 2);
  response.writeUInt8(address.length === 4 ? 1 : 2, HEADER_LENGTH + 5);
  response.writeUInt16BE(from.port ^ (MAGIC_COOKIE >>> 16), HEADER_LENGTH + 6);
  for (let i = 0; i < address.length; i++) response[HEADER_LENGTH + 8 + i] = address[i]! ^ request[4 + i]!;
  return response;
}
