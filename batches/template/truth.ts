// Which values count as true (`isTrue` of Go's text/template): not the zero of their type, and not empty.
import {
  contentOf,
  elementCount,
  GoByte,
  GoComplex,
  GoStruct,
  GoPointer,
  type Reflected,
} from '#batches/go/reflect.ts';
import { GoInt, GoTime, GoUint64 } from '#batches/go/values.ts';

export function isTrue(value: Reflected): boolean {
  const content = contentOf(value);
  if (content === null) return false;
  if (typeof content !== 'object') return typeof content === 'number' ? content !== 0 : Boolean(content);
  if (content instanceof GoInt || content instanceof GoUint64) return content.value !== 0n;
  if (content instanceof GoByte) return content.value !== 0;
  if (content instanceof GoComplex) return content.re !== 0 || content.im !== 0;
  if (content instanceof GoTime || content instanceof GoStruct || content instanceof GoPointer) return true;
  return elementCount(content) > 0;
}
