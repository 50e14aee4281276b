import { expect, test } from '@jest/globals';
import {
  boolean,
  cpuQuantity,
  dockerAuthConfig,
  jsonObjects,
  jsonStrings,
  list,
  listenAddress,
  oneOf,
  pairs,
  proxyUrl,
  resourceName,
  seconds,
  siteUrl,
  token,
  whenTrue,
  wholeNumber,
  type Kind,
} from '#settings/kinds.ts';

const rows: [Kind<unknown>, string, unknown][] = [
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((yes): [Kind<unknown>, string, unknown] => [boolean, yes, true]),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((no): [Kind<unknown>, string, unknown] => [boolean, no, false]),
  [wholeNumber(1), '18', 18],
  [wholeNumber(-1), '-1', -1],
  [wholeNumber(0), '-0', 0],
  [seconds, '1200', 1_200_000],
  [cpuQuantity, '4', 4],
  [cpuQuantity, '1.5', 2],
  [cpuQuantity, '500m', 1],
  [list(','), 'a, b,,a', ['a', 'b']],
  [list(';'), 'type=bind,source=/a;type=bind', ['type=bind,source=/a', 'type=bind']],
  [oneOf(['never', 'always'], { true: 'always' }), 'true', 'always'],
  [whenTrue('x'), 'true', 'x'],
  [whenTrue('x'), 'false', undefined],
  [pairs, 'a=b, c/d=e', { a: 'b', 'c/d': 'e' }],
  [jsonObjects, '[{"key":"x"}]', [{ key: 'x' }]],
  [jsonStrings, '{"a":"b"}', { a: 'b' }],
  [dockerAuthConfig, '{"auths":{"ghcr.io":{"auth":"dTpw"}}}', { auths: { 'ghcr.io': { auth: 'dTpw' } } }],
  [siteUrl, 'https://SG.example.com/', 'https://sg.example.com'],
  [siteUrl, 'http://localhost:7080', 'http://localhost:7080'],
  [proxyUrl, 'proxy.example:3128', 'http://proxy.example:3128'],
  [proxyUrl, 'http://u:p@proxy.example:3128', 'http://u:p@proxy.example:3128'],
  [listenAddress, ':8080', { host: '0.0.0.0', port: 8080 }],
  [listenAddress, '127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
  [listenAddress, '[::1]:80', { host: '::1', port: 80 }],
  [resourceName, 'executor-2', 'executor-2'],
  [token, ' secret\n', 'secret'],
];
test.each(rows.map(([kind, text, value]) => ({ kind, label: kind.label, text, value })))(
  '$label $text',
  ({ kind, text, value }) => {
    const reading = kind.read(text);
    expect(reading).toEqual({ ok: true, value });
    // What is written reads as the same value.
    expect(kind.read(kind.write(value))).toEqual(reading);
  },
);

const refused: [Kind<unknown>, string, RegExp][] = [
  [boolean, 'yes', /true or false/],
  [boolean, 'tRUE', /true or false/],
  [boolean, '', /true or false/],
  [wholeNumber(1), '0', /at least 1/],
  [wholeNumber(1), '1.5', /whole number/],
  [wholeNumber(1), '1e3', /whole number/],
  [wholeNumber(1), '9'.repeat(30), /whole number/],
  [seconds, '20m', /seconds/],
  [cpuQuantity, '0', /CPUs/],
  [cpuQuantity, '4 cores', /CPUs/],
  [list(','), ' , ', /at least one/],
  [oneOf(['never', 'always']), 'toString', /never, always/],
  [oneOf(['never', 'always'], {}), 'constructor', /never, always/],
  [whenTrue('x'), 'maybe', /true or false/],
  [pairs, 'a', /key=value/],
  [pairs, 'a=b=c', /key=value/],
  [jsonObjects, '{}', /array of objects/],
  [jsonObjects, '[1]', /array of objects/],
  [jsonObjects, '[', /array of objects/],
  [jsonStrings, '{"a":1}', /object of strings/],
  [jsonStrings, 'null', /object of strings/],
  [dockerAuthConfig, '{"auths":{"x":{}}}', /auths/],
  [dockerAuthConfig, '{"auths":[]}', /auths/],
  [siteUrl, 'sourcegraph.example.com', /scheme/],
  [siteUrl, 'sourcegraph.example.com:443', /scheme/],
  [siteUrl, 'ssh://sourcegraph.example.com', /scheme/],
  [siteUrl, 'https://sourcegraph.example.com/search', /https:\/\/sourcegraph\.example\.com: /],
  [siteUrl, 'https://sourcegraph.example.com/?a', /scheme and host only/],
  [siteUrl, 'https://user:pw@sourcegraph.example.com', /without user/],
  [proxyUrl, 'socks5://proxy:1080', /http:\/\//],
  [listenAddress, '8080', /:8080/],
  [listenAddress, ':0', /:8080/],
  [listenAddress, ':65536', /:8080/],
  [listenAddress, '::1:80', /:8080/],
  [resourceName, '1st', /letter/],
  [resourceName, 'a'.repeat(41), /letter/],
  [token, 'two words', /without spaces/],
  [token, 'a\nb', /without spaces/],
  [token, 'pässword', /ASCII/],
];
test.each(refused.map(([kind, text, must]) => ({ kind, label: kind.label, text, must })))(
  '$label refuses $text',
  ({ kind, text, must }) => {
    const reading = kind.read(text);
    expect(reading.ok ? reading : reading.must).toMatch(must);
  },
);
