-- Room for secrets in a form that cannot be read back, or only with a key. All of it stays empty here: the
-- treatment of secrets fills these columns beside the old ones, and empties the old ones only when told to.

ALTER TABLE public.security_credentials
  ADD COLUMN IF NOT EXISTS credential_hash text,
  ADD COLUMN IF NOT EXISTS credential_lookup text,
  ADD COLUMN IF NOT EXISTS credential_ciphertext text;
ALTER TABLE public.security_devices
  ADD COLUMN IF NOT EXISTS connection_config_ciphertext text;
ALTER TABLE public.staff
  ADD COLUMN IF NOT EXISTS direct_deposit_account_ciphertext text,
  ADD COLUMN IF NOT EXISTS direct_deposit_routing_ciphertext text;

COMMENT ON COLUMN public.security_credentials.credential_hash IS 'Password hash of a PIN; compared, never read back';
COMMENT ON COLUMN public.security_credentials.credential_lookup IS 'Keyed blind index of an RFID number, found by equality without decrypting a row';
COMMENT ON COLUMN public.security_credentials.credential_ciphertext IS 'The credential encrypted, for kinds that have to be read back';
COMMENT ON COLUMN public.security_devices.connection_config_ciphertext IS 'The secret members of connection_config, encrypted';
COMMENT ON COLUMN public.staff.direct_deposit_account_ciphertext IS 'Bank account number, encrypted';
COMMENT ON COLUMN public.staff.direct_deposit_routing_ciphertext IS 'Bank routing number, encrypted';
