import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  BackupDamagedError,
  BackupKeyError,
  SignatureInvalidError,
  SignatureMissingError,
  UntrustedKeyError,
} from '../errors.ts';
import { openSealedJson, sealJson } from '../storage/sealed-json.ts';
import {
  assertSigned,
  createSigner,
  generateSigningKey,
  keyIdOf,
  parseSigningKey,
  publicKeyOf,
  serialiseSigningKey,
} from './signing-key.ts';

const key = generateSigningKey();
const publicKey = publicKeyOf(key);
const signer = createSigner(key);
const other = generateSigningKey();
const value = { id: 'a', note: '"signature": "…",\n  "seal"', ünï: '😀' };

const check = (text: string, trusted = [publicKey], what = 'manifest.json') =>
  assertSigned(openSealedJson(text, what), what, trusted);

it('accepts what a trusted key signed', () => {
  const text = sealJson(value, 'manifest.json', signer);
  expect(text).toContain(`"signature": "${keyIdOf(publicKey)}:`);
  check(text);
  check(text, [publicKeyOf(other), publicKey]);
  expect(openSealedJson(text, 'manifest.json').value).toMatchObject(value);
});

it('refuses what is not signed, signed by others, or signed as something else', () => {
  expect(() => check(sealJson(value, 'manifest.json'))).toThrow(SignatureMissingError);
  const foreign = sealJson(value, 'manifest.json', createSigner(other));
  expect(() => check(foreign)).toThrow(UntrustedKeyError);
  expect(() => check(foreign)).toThrow(keyIdOf(publicKeyOf(other)));
  expect(() => check(sealJson(value, 'manifest.json', signer), [])).toThrow(UntrustedKeyError);
  const receipt = sealJson(value, 'receipt.json', signer);
  expect(() => check(receipt)).toThrow(SignatureInvalidError);
});

it('refuses a signature of other contents, and of another key under this name', () => {
  const text = sealJson(value, 'manifest.json', signer);
  const [, signature = ''] = /"signature": "(.*)"/.exec(text) ?? [];
  const borrowed = sealJson({ ...value, id: 'b', signature }, 'manifest.json');
  expect(() => check(borrowed)).toThrow(SignatureInvalidError);
  const pretending = { ...createSigner(other), keyId: signer.keyId };
  expect(() => check(sealJson(value, 'manifest.json', pretending))).toThrow(SignatureInvalidError);
});

it('notices any edit, also of the signature, and also with a seal that fits', () => {
  const text = sealJson(value, 'manifest.json', signer);
  const edits = fc.tuple(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }));
  fc.assert(
    fc.property(edits, ([at, character]) => {
      fc.pre(text[at] !== character);
      const edited = text.slice(0, at) + character + text.slice(at + 1);
      expect(() => check(edited)).toThrow(BackupDamagedError);
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('id', 'note', 'new'), fc.jsonValue()), (change) => {
      const { seal: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
      const forged = JSON.stringify({ ...rest, ...change });
      fc.pre(forged !== JSON.stringify(rest));
      const { signature, ...others } = JSON.parse(forged) as Record<string, unknown>;
      const resealed = sealJson({ ...others, signature }, 'manifest.json');
      expect(() => check(resealed)).toThrow(SignatureInvalidError);
    }),
  );
});

it('survives its own text and shows its secret in no inspection', () => {
  const again = parseSigningKey(serialiseSigningKey(key));
  expect(again && publicKeyOf(again)).toBe(publicKey);
  const [, secret = ''] = serialiseSigningKey(key).split(':');
  expect(secret).toHaveLength(43);
  expect(inspect(key) + JSON.stringify(key)).not.toContain(secret);
});

it('refuses keys of another kind', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  expect(() => createSigner(rsa)).toThrow(BackupKeyError);
  expect(() => createSigner(createPublicKey(key))).toThrow('which cannot sign');
  const text = sealJson(value, 'manifest.json', signer);
  for (const wrong of ['', 'ed25519:', serialiseSigningKey(key), `${publicKey}x`]) {
    const error = (() => {
      try {
        return check(text, [wrong]);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(BackupKeyError);
    if (wrong.length > 10) expect(String(error)).not.toContain(wrong);
  }
});
