-- A hash or a ciphertext may be the only form left of a secret, so these columns are dropped while empty only.

DO $$
BEGIN
  LOCK TABLE public.security_credentials, public.security_devices, public.staff IN ACCESS EXCLUSIVE MODE;
  IF EXISTS (
    SELECT FROM public.security_credentials
    WHERE num_nonnulls(credential_hash, credential_lookup, credential_ciphertext) > 0
  ) OR EXISTS (
    SELECT FROM public.security_devices WHERE connection_config_ciphertext IS NOT NULL
  ) OR EXISTS (
    SELECT FROM public.staff
    WHERE num_nonnulls(direct_deposit_account_ciphertext, direct_deposit_routing_ciphertext) > 0
  ) THEN
    RAISE EXCEPTION 'the new columns hold secrets, perhaps in the only form that is left: restore a backup instead, '
      'or empty them first where the old columns still hold everything';
  END IF;
END
$$;

ALTER TABLE public.staff
  DROP COLUMN direct_deposit_account_ciphertext,
  DROP COLUMN direct_deposit_routing_ciphertext;
ALTER TABLE public.security_devices
  DROP COLUMN connection_config_ciphertext;
ALTER TABLE public.security_credentials
  DROP COLUMN credential_hash,
  DROP COLUMN credential_lookup,
  DROP COLUMN credential_ciphertext;
