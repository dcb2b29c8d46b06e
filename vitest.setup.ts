/** Console output fails a test: what a library has to say goes through its return values and events. */
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  console[method] = (...values: unknown[]) => {
    throw new Error(`console.${method} in a test: ${values.map(String).join(' ')}`);
  };
}
