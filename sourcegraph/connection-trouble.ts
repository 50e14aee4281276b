// What a human is told when Sourcegraph cannot be reached or says no: for each cause its own sentence, which names the
// setting and the fix. Whatever goes into a message is checked here, so no secret of a header or URL can get out.
import type { Trouble } from './answers.ts';

export interface TroubleContext {
  /** What was being done, such as `dequeue`. */
  readonly call: string;
  readonly frontendUrl: string;
}

/** One sentence (or two) for a call that got no usable answer. `detail` is the technical cause. */
export function describeTrouble(why: Trouble, detail: string, context: TroubleContext): string {
  const url = withoutCredentials(context.frontendUrl);
  const host = URL.parse(context.frontendUrl)?.hostname ?? url;
  return `${context.call}: ${sentence(why, url, host)} (${detail})`;
}

function sentence(why: Trouble, url: string, host: string): string {
  switch (why) {
    case 'dns':
      return `the name ${host} does not resolve: check EXECUTOR_FRONTEND_URL and the DNS of this machine or VPC`;
    case 'connection-refused':
      return `nothing listens at ${url}: check the scheme and port in EXECUTOR_FRONTEND_URL, and that Sourcegraph is up`;
    case 'no-route':
      return `there is no network route to ${url}: check the firewall, security groups and routes of this machine, and EXECUTOR_FRONTEND_URL`;
    case 'connection-lost':
      return `the connection to ${url} broke before the answer was complete: Sourcegraph or something before it restarted or closed it`;
    case 'tls-untrusted':
      return `the certificate of ${host} is not signed by an authority that is trusted here: set EXECUTOR_TLS_CA_BUNDLE to the file with your authority's certificate`;
    case 'tls-expired':
      return `the certificate of ${host} is expired or not valid yet: renew it, or set the clock of this machine right`;
    case 'tls-host-mismatch':
      return `the certificate that answers is not made for ${host}: use the name that is in the certificate in EXECUTOR_FRONTEND_URL`;
    case 'tls-protocol':
      return `no TLS connection to ${url} could be made: if the server speaks plain HTTP there, write http:// in EXECUTOR_FRONTEND_URL`;
    case 'proxy':
      return `the proxy did not let us through to ${host}: check HTTP_PROXY and HTTPS_PROXY with their user and password, or add ${host} to NO_PROXY`;
    case 'time-out':
      return `${url} did not answer in time: Sourcegraph is overloaded, or a firewall drops the traffic to the address in EXECUTOR_FRONTEND_URL`;
    case 'aborted':
      return `given up by this program`;
    case 'server-error':
      return `Sourcegraph at ${url}, or a proxy before it, answered with a server error: its frontend's log tells more`;
    case 'rate-limited':
      return `Sourcegraph at ${url}, or a proxy before it, asks for fewer requests: raise EXECUTOR_QUEUE_POLL_INTERVAL if this goes on`;
    case 'redirected':
      return `${url} redirects elsewhere, and a token must not follow: set EXECUTOR_FRONTEND_URL to the final address`;
    case 'not-sourcegraph':
      return `what answers at ${url} is a web page and not Sourcegraph's executor API: EXECUTOR_FRONTEND_URL must be scheme and host of the instance, reached without a login page before it`;
    case 'garbled':
      return `the answer of ${url} could not be understood: check that EXECUTOR_FRONTEND_URL is a Sourcegraph instance of 4.3 or later and nothing on the way cuts answers short`;
    case 'too-large':
      return `the answer of ${url} is larger than anything Sourcegraph sends: check EXECUTOR_FRONTEND_URL`;
    case 'no-token':
      return `the executor's token could not be read: check EXECUTOR_FRONTEND_PASSWORD or the secret it stands in`;
    case 'other':
      return `the request to ${url} failed`;
  }
}

/** One sentence for a definite no. `said` is the instance's own text, possibly empty. */
export function describeRefusal(status: number, said: string, context: TroubleContext): string {
  const words = said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
  return `${context.call}: ${refusalSentence(status, said, withoutCredentials(context.frontendUrl))} (${words})`;
}

function refusalSentence(status: number, said: string, url: string): string {
  if (isNotConfigured(said)) {
    return `executors are not enabled on ${url}: set executors.accessToken in its site configuration, and EXECUTOR_FRONTEND_PASSWORD to the same value`;
  }
  if (isUnknownQueue(said)) {
    return `${url} does not serve a queue of that name: check EXECUTOR_QUEUE_NAME or EXECUTOR_QUEUE_NAMES`;
  }
  switch (status) {
    case 401:
      return `${url} does not accept the token: EXECUTOR_FRONTEND_PASSWORD must equal executors.accessToken in the site configuration (a job's own token ends when the job is marked or given out again)`;
    case 403:
      return `the token may not do this at ${url}: a job's token is good for its own job, queue and repository only, and a proxy before Sourcegraph may block the executor routes`;
    case 404:
      return `${url} does not know this address: EXECUTOR_FRONTEND_URL must be scheme and host of the instance, and EXECUTOR_QUEUE_NAME a queue that it serves`;
    case 413:
      return `something before ${url} does not accept requests of this size: raise its limit on request bodies`;
    default:
      return `${url} refused the request`;
  }
}

/** The instance's text for "no executors.accessToken in the site configuration", sent with status 500. */
export function isNotConfigured(said: string): boolean {
  return /Executors are not configured/i.test(said);
}

/** The several-queues routes name unknown queues, with status 500. */
export function isUnknownQueue(said: string): boolean {
  return /^(Invalid|unsupported) queue name\(s\)/i.test(said);
}

/** A URL as it may be printed: without user and password. */
export function withoutCredentials(text: string): string {
  const url = URL.parse(text);
  if (url === null) return text.replace(/\/\/[^/]*@/, '//');
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}
