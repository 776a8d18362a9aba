import type { Words } from '../../views/words.js';
import type { Frame } from '../panels/panel.js';
import type { TakeAlong } from '../panels/toolbar/toolbar-panel.js';
import { whenKnown } from '../source/when-known.js';

/** CSV is text, eight times as long: no more numbers than that. */
const MOST_TEXT_NUMBERS = 2 ** 20;

/** What the element gives, as files or on the clipboard. Code comes when it is asked for. */
export function takeAlong(picture: (type: 'png' | 'svg') => Promise<Blob>): readonly TakeAlong[] {
  const numbers = async (
    frame: Frame,
    most: number,
    give: (
      modules: typeof import('./numbers-out.js'),
      named: import('./numbers-text.js').NamedNumbers,
    ) => Promise<keyof Words>,
  ): Promise<keyof Words> => {
    const modules = await import('./numbers-out.js');
    const named = await whenKnown(() => modules.numbersOf(frame));
    return named === undefined || named.values.length > most ? 'tooManyNumbers' : give(modules, named);
  };
  const save = (type: 'png' | 'svg') => async (): Promise<keyof Words> => {
    const { saveFile } = await import('./numbers-out.js');
    saveFile(await picture(type), `attention.${type}`);
    return 'saved';
  };
  return [
    { label: 'savePng', run: save('png') },
    { label: 'saveSvg', run: save('svg') },
    {
      label: 'copyCsv',
      run: (frame) =>
        numbers(frame, MOST_TEXT_NUMBERS, async ({ copyText, csvOf }, named) =>
          (await copyText(csvOf(named))) ? 'copied' : 'notCopied',
        ),
    },
    {
      label: 'saveNpy',
      run: (frame) =>
        numbers(frame, Infinity, async ({ saveFile, tensorOf, writeNpy }, named) => {
          saveFile(new Blob([writeNpy(tensorOf(named))]), 'attention.npy');
          return 'saved';
        }),
    },
  ];
}
