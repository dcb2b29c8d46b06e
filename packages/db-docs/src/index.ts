export type { CheckResult } from './check-document.ts';
export { checkDocument } from './check-document.ts';
export { DocumentError, UnclosedNotesError } from './errors.ts';
export type { Finding, FindingObject } from './finding.ts';
export type { DocumentOptions, RenderOptions } from './options.ts';
export { renderMarkdown } from './render-markdown.ts';
export type {
  Authorization,
  SchemaExportHandler,
  SchemaExportOptions,
} from './schema-export/create-schema-export-handler.ts';
export { createSchemaExportHandler } from './schema-export/create-schema-export-handler.ts';
export type { CatalogPart } from './schema-export/redact-catalog.ts';
export type { NodeHandler } from './schema-export/to-node-handler.ts';
export { toNodeHandler } from './schema-export/to-node-handler.ts';
export { structuralFindings } from './structural-findings.ts';
