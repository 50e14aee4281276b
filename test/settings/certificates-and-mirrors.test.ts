import { expect, test } from '@jest/globals';
import { isPemText } from '#settings/certificates.ts';
import { registryMirrors } from '#settings/registry-mirrors.ts';

test.each([
  ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', true],
  ['# our own\r\n-----BEGIN CERTIFICATE-----\r\nMIIB', true],
  ['/etc/ssl/ca-bundle.pem', false],
  ['', false],
])('%j is PEM text: %s', (value, expected) => {
  expect(isPemText(value)).toBe(expected);
});

test('mirrors lose their scheme and keep port, path and order', () => {
  const registryMirrorUrls = ['https://mirror.example.com', 'http://10.0.0.7:5000/hub', 'cache.example.com'];
  expect(registryMirrors({ registryMirrorUrls })).toEqual([
    'mirror.example.com',
    '10.0.0.7:5000/hub',
    'cache.example.com',
  ]);
  expect(registryMirrors({ registryMirrorUrls: undefined })).toEqual([]);
});
