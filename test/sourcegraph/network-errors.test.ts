import { expect, test } from '@jest/globals';
import { sortNetworkError } from '#sourcegraph/network-errors.ts';

const error = (fields: object) => Object.assign(new Error('words'), fields);
const proxy = new URL('http://user:password@proxy.example:3128');

test.each([
  ['name unknown', error({ code: 'ENOTFOUND', hostname: 'a.example' }), 'dns'],
  ['name server away', error({ code: 'EAI_AGAIN' }), 'dns'],
  ['refused', error({ code: 'ECONNREFUSED', address: '127.0.0.1', port: 1 }), 'connection-refused'],
  ['no route', error({ code: 'EHOSTUNREACH' }), 'no-route'],
  ['no network', error({ code: 'ENETUNREACH' }), 'no-route'],
  ['reset', error({ code: 'ECONNRESET' }), 'connection-lost'],
  ['broken pipe', error({ code: 'EPIPE' }), 'connection-lost'],
  ['time-out of the kernel', error({ code: 'ETIMEDOUT' }), 'time-out'],
  ['self-signed', error({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'tls-untrusted'],
  ['self-signed in chain', error({ code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'tls-untrusted'],
  ['unknown issuer', error({ code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }), 'tls-untrusted'],
  ['leaf alone', error({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }), 'tls-untrusted'],
  ['expired', error({ code: 'CERT_HAS_EXPIRED' }), 'tls-expired'],
  ['not valid yet', error({ code: 'CERT_NOT_YET_VALID' }), 'tls-expired'],
  ['other host', error({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'tls-host-mismatch'],
  ['no TLS there', error({ code: 'EPROTO' }), 'tls-protocol'],
  ['any OpenSSL error', error({ code: 'ERR_SSL_SOMETHING_NEW' }), 'tls-protocol'],
  ['tunnel refused', error({ code: 'ERR_PROXY_TUNNEL' }), 'proxy'],
  ['no HTTP there', error({ code: 'HPE_INVALID_CONSTANT' }), 'garbled'],
  ['both address families', new AggregateError([error({ code: 'ECONNREFUSED' })]), 'connection-refused'],
  ['an empty aggregate', new AggregateError([]), 'other'],
  ['a code that nobody knows', error({ code: 'EWHATEVER' }), 'other'],
  ['no code', new Error('x'), 'other'],
  ['no error at all', 'text', 'other'],
  ['null', null, 'other'],
  ['name of the proxy unknown', error({ code: 'ENOTFOUND', hostname: 'proxy.example' }), 'proxy'],
  ['proxy refuses', error({ code: 'ECONNREFUSED', address: '10.0.0.1', port: 3128 }), 'proxy'],
])('%s', (_name, thrown, why) => {
  const sorted = sortNetworkError(thrown, [proxy]);
  expect(sorted.why).toBe(why);
  expect(sorted.detail).not.toMatch(/\n/);
});
