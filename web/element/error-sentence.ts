import { html, type TemplateResult } from 'lit';
import type { HeadscopeError, HeadscopeErrorCode } from '../../wasm-bindings/js/index.js';
import { wordsOf } from '../views/words.js';

const chinese: Readonly<Record<HeadscopeErrorCode, string>> = {
  InvalidArgument: '参数的值不合适',
  InvalidShape: '形状不符',
  TooLarge: '数据太大',
  OutOfMemory: '内存不足',
  InvalidType: '类型不符',
  Disposed: '对象已被释放',
  LoadFailed: '加载失败',
  Aborted: '计算已中止',
  WorkerFailed: '后台线程意外停止',
};

/** An error in the element's language; what the engine says in English stays beside a Chinese sentence, marked as such. */
export function errorSentence({ code, message }: HeadscopeError, language: string): TemplateResult {
  if (wordsOf(language) === wordsOf('en')) return html`${message}.`;
  return html`${chinese[code]}（<span lang="en">${message}</span>）。`;
}
