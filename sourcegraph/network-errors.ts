// Node's network, TLS and proxy errors, sorted by what a site admin would have to mend. Codes: Node's errors.md and
// tls.md, OpenSSL's X509_V_ERR_*, `getaddrinfo`.
import type { Trouble } from './answers.ts';

const BY_CODE: Readonly<Record<string, Trouble>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  ECONNREFUSED: 'connection-refused',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  EHOSTDOWN: 'no-route',
  ENETDOWN: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  EACCES: 'no-route',
  EPERM: 'no-route',
  ECONNRESET: 'connection-lost',
  ECONNABORTED: 'connection-lost',
  EPIPE: 'connection-lost',
  ETIMEDOUT: 'time-out',
  ERR_PROXY_TUNNEL: 'proxy',
  ERR_PROXY_INVALID_CONFIG: 'proxy',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls-untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls-untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'tls-untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls-untrusted',
  CERT_UNTRUSTED: 'tls-untrusted',
  CERT_REVOKED: 'tls-untrusted',
  CERT_REJECTED: 'tls-untrusted',
  CERT_CHAIN_TOO_LONG: 'tls-untrusted',
  CERT_SIGNATURE_FAILURE: 'tls-untrusted',
  INVALID_CA: 'tls-untrusted',
  INVALID_PURPOSE: 'tls-untrusted',
  PATH_LENGTH_EXCEEDED: 'tls-untrusted',
  CERT_HAS_EXPIRED: 'tls-expired',
  CERT_NOT_YET_VALID: 'tls-expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-host-mismatch',
  HOSTNAME_MISMATCH: 'tls-host-mismatch',
  EPROTO: 'tls-protocol',
};

/** What went wrong, and the technical words for it. `proxies` are the proxy URLs that may have been on the way. */
export function sortNetworkError(error: unknown, proxies: readonly URL[]): { why: Trouble; detail: string } {
  const cause = firstCause(error);
  const { code, message } = cause;
  const detail = code === undefined || message.includes(code) ? message : `${message} (${code})`;
  if (concernsProxy(cause, proxies)) return { why: 'proxy', detail };
  if (code === undefined) return { why: 'other', detail };
  return { why: BY_CODE[code] ?? byPrefix(code), detail };
}

function byPrefix(code: string): Trouble {
  if (code.startsWith('HPE_')) return 'garbled';
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'tls-protocol';
  return 'other';
}

interface NetworkError {
  readonly code: string | undefined;
  readonly message: string;
  readonly hostname: unknown;
  readonly address: unknown;
  readonly port: unknown;
}

// Both address families failed: an AggregateError, whose parts say where and why.
function firstCause(error: unknown): NetworkError {
  const inner: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const fields = (typeof inner === 'object' && inner !== null ? inner : {}) as Record<string, unknown>;
  return {
    code: typeof fields['code'] === 'string' ? fields['code'] : undefined,
    message: (inner instanceof Error ? inner.message : String(inner)).replace(/\s+/g, ' ').trim(),
    hostname: fields['hostname'],
    address: fields['address'],
    port: fields['port'],
  };
}

// A proxy that cannot be reached fails with the same codes as the instance itself; only name or port tell them apart.
function concernsProxy(error: NetworkError, proxies: readonly URL[]): boolean {
  return proxies.some(
    (proxy) =>
      error.hostname === proxy.hostname ||
      (typeof error.address === 'string' && String(error.port) === (proxy.port === '' ? '80' : proxy.port)),
  );
}
