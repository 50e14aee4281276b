// Jest runs each test file in a realm of its own, where the errors of node's own modules (a failed `open`, a reset
// connection) would be no instances of Error: code that asks so would behave otherwise than in production.
import { types } from 'node:util';

const ordinary = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  value(candidate) {
    return ordinary.call(this, candidate) || (this === Error && types.isNativeError(candidate));
  },
});
