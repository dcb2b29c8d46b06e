import { generateX25519Identity, identityToRecipient } from 'age-encryption';

/** A new identity of age and the recipient that belongs to it. */
export async function ageKeys(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}
