// Docker's reading of image names: distribution/reference, whose own tests these are taken from.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { imageReferenceProblem } from '#batches/batch-exec/image-reference.ts';

test.each([
  'alpine',
  'alpine:3',
  'docker.io/library/alpine:3.20',
  'localhost:5000/a/b_c/d__e/f-g.h:v1.2_x',
  'registry.example.com:443/x@sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '[2001:db8::1]:5000/repo:tag',
  'sub-dom1.foo.com/bar/baz/quux:tag-long',
  'Registry.example.com/x',
])('%s can be read', (image) => {
  expect(imageReferenceProblem(image)).toBeUndefined();
});

test.each([
  ['', 'invalid reference format'],
  ['   ', 'invalid reference format'],
  ['alpine:3\n', 'invalid reference format'],
  ['a b', 'invalid reference format'],
  ['-x', 'invalid reference format'],
  ['x@sha256:ff', 'invalid reference format'],
  ['validname@invaliddigest:ffff', 'invalid reference format'],
  ['Alpine', 'invalid reference format: repository name (library/Alpine) must be lowercase'],
  ['a/'.repeat(128) + 'a:tag', 'invalid reference format: repository name must not be more than 255 characters'],
])('%p cannot', (image, problem) => {
  expect(imageReferenceProblem(image)).toBe(problem);
});

test('no name takes long', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a._-]{0,40}$/), (name) => {
      const before = process.hrtime.bigint();
      imageReferenceProblem(`${name.repeat(50)}!`);
      expect(process.hrtime.bigint() - before).toBeLessThan(100_000_000n);
    }),
  );
});
