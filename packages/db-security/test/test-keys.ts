import { randomBytes } from 'node:crypto';
import { KeyRing } from '../src/keys/key-ring.ts';

const keys = (...ids: string[]) => ({
  current: ids[0] as string,
  keys: new Map(ids.map((id) => [id, randomBytes(32)])),
});

/** A key ring with these peppers, the first of them current. */
export function testKeyRing(...pepperIds: string[]): KeyRing {
  return new KeyRing({ pepper: keys(...pepperIds), encryption: keys('k'), blindIndex: keys('k') });
}

/** A key ring as it was before that pepper became the current one. */
export function olderKeyRing(ring: KeyRing, pepperId: string): KeyRing {
  return new KeyRing({
    pepper: { current: pepperId, keys: new Map([[pepperId, ring.find('pepper', pepperId).key]]) },
    encryption: keys('k'),
    blindIndex: keys('k'),
  });
}
