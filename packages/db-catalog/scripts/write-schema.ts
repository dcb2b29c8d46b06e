/** Writes `catalog.schema.json`, the published form of `catalogJsonSchema`. Run it after a change of the model. */
import { writeFileSync } from 'node:fs';
import { catalogJsonSchema } from '../src/format/catalog-json-schema.ts';

writeFileSync(
  new URL('../catalog.schema.json', import.meta.url),
  `${JSON.stringify(catalogJsonSchema, null, 2)}\n`,
);
