export type { CheckResult } from './check-document.ts';
export { checkDocument } from './check-document.ts';
export { DocumentError, UnclosedNotesError } from './errors.ts';
export type { Finding, FindingObject } from './finding.ts';
export type { DocumentOptions, RenderOptions } from './options.ts';
export { renderMarkdown } from './render-markdown.ts';
export { structuralFindings } from './structural-findings.ts';
