// Lambda's own program in the place of Node's managed runtime: it imports the handler of a bundle and asks the Runtime API
// for one event after the other. Source: AWS Lambda Developer Guide, "Using the Lambda runtime API".
const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const describe = (error) => ({
  errorType: error?.name ?? 'Error',
  errorMessage: error?.message ?? String(error),
  stackTrace: (error?.stack ?? '').split('\n'),
});
const post = (path, body) => fetch(`${base}/${path}`, { method: 'POST', body: JSON.stringify(body ?? null) });

// A frozen process wakes up hours later; a test cannot wait for that, so the clock is moved instead.
let clockOffsetMs = 0;
const now = Date.now;
globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length === 0 ? [now() + clockOffsetMs] : given));
  }
  static now() {
    return now() + clockOffsetMs;
  }
};

let handler;
try {
  ({ handler } = await import(process.env.HANDLER_FILE));
} catch (error) {
  await post('init/error', describe(error));
  process.exit(1);
}
for (;;) {
  const next = await fetch(`${base}/invocation/next`);
  const awsRequestId = next.headers.get('lambda-runtime-aws-request-id');
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  clockOffsetMs = Number(next.headers.get('x-test-clock-offset-ms') ?? 0);
  const context = { awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    await post(`invocation/${awsRequestId}/response`, await handler(await next.json(), context));
  } catch (error) {
    await post(`invocation/${awsRequestId}/error`, describe(error));
  }
}
