/** What a tool needs of this process's environment; anything else may hold a secret, such as DATABASE_URL. */
export function passedOn(): NodeJS.ProcessEnv {
  const names = [
    ...['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'KRB5CCNAME'],
    ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'SystemRoot', 'USERPROFILE', 'APPDATA', 'TEMP', 'TMP'],
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
