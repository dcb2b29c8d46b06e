/** The forms in which a secret may be stored. None of them fits what a person types, so that a slip is refused. */
import { z } from 'zod';

/** The hash of a PIN, `$scheme$…`. */
export const storedHash = z.string().regex(/^\$[a-z0-9-]+\$[^\0\n]{40,}$/);

/** A blind index, `bi1:<key id>:<digest>` or `bis1:…`. */
export const storedLookup = z.string().regex(/^bis?\d+:[A-Za-z0-9_-]{1,32}:[A-Za-z0-9_-]{32,}$/);

/** An encrypted value, `enc1:<key id>:<nonce, ciphertext and tag>`. */
export const storedCiphertext = z.string().regex(/^enc\d+:[A-Za-z0-9_-]{1,32}:[A-Za-z0-9_-]{38,}$/);
