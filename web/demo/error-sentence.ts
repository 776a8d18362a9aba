import { msg } from '@lit/localize';
import { html, type TemplateResult } from 'lit';
import type { HeadscopeErrorCode } from 'headscope';
import { isEngineError } from './engine-error.js';
import { language } from './language.js';
import { VisitorError } from './visitor-error.js';

function inWords(code: HeadscopeErrorCode): string {
  switch (code) {
    case 'InvalidArgument':
      return msg('A value is not allowed');
    case 'InvalidShape':
      return msg('Shapes do not fit');
    case 'TooLarge':
      return msg('This is too large');
    case 'OutOfMemory':
      return msg('There is not enough memory');
    case 'InvalidType':
      return msg('This is of the wrong type');
    case 'Disposed':
      return msg('This was disposed of before');
    case 'LoadFailed':
      return msg('The engine could not be loaded');
    case 'Aborted':
      return msg('This was cancelled');
    case 'WorkerFailed':
      return msg('A worker stopped unexpectedly');
  }
}

/** An error as a sentence for the visitor. What the engine says in English stands beside a sentence in another language. */
export function errorSentence(error: unknown): TemplateResult {
  if (error instanceof VisitorError) return html`${error.message}`;
  if (isEngineError(error)) {
    if (language === 'en') return html`${error.message}.`;
    return msg(html`${inWords(error.code)} (<span lang="en">${error.message}</span>).`);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return html`${msg('This could not be computed:')} <span lang="en">${reason}</span>`;
}
