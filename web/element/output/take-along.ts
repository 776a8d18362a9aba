import type { Words } from '../../views/words.js';
import type { Frame } from '../panels/panel.js';
import type { TakeAlong } from '../panels/toolbar/toolbar-panel.js';
import type { EmbedTexts } from '../embedding/embed-text.js';
import { whenKnown } from '../source/when-known.js';
import type { NamedNumbers } from './numbers-text.js';

/** CSV is text, eight times as long: no more numbers than that. */
const MOST_TEXT_NUMBERS = 2 ** 20;

/** The numbers that are meant; null where they are more than `most`. */
async function meantNumbers(frame: Frame, most = Infinity): Promise<NamedNumbers | null> {
  const { numbersOf } = await import('./numbers-out.js');
  const named = await whenKnown(() => numbersOf(frame));
  return named === undefined || named.values.length > most ? null : named;
}

async function savePicture(type: 'png' | 'svg', picture: Promise<Blob>): Promise<keyof Words> {
  const { saveFile } = await import('./numbers-out.js');
  saveFile(await picture, `attention.${type}`);
  return 'saved';
}

async function copyCsv(frame: Frame): Promise<keyof Words> {
  const named = await meantNumbers(frame, MOST_TEXT_NUMBERS);
  if (named === null) return 'tooManyNumbers';
  const { copyText, csvOf } = await import('./numbers-out.js');
  return (await copyText(csvOf(named))) ? 'copied' : 'notCopied';
}

async function saveNpy(frame: Frame): Promise<keyof Words> {
  const named = await meantNumbers(frame);
  if (named === null) return 'tooManyNumbers';
  const { saveFile, tensorOf, writeNpy } = await import('./numbers-out.js');
  saveFile(new Blob([writeNpy(tensorOf(named))]), 'attention.npy');
  return 'saved';
}

/** What the element gives, as files or on the clipboard. The code for it comes when it is asked for. */
export function takeAlong(
  picture: (type: 'png' | 'svg') => Promise<Blob>,
  embed: () => Promise<EmbedTexts>,
): readonly TakeAlong[] {
  const copyEmbed = async (name: keyof EmbedTexts): Promise<keyof Words> => {
    const { copyText } = await import('./numbers-out.js');
    const text = (await embed())[name];
    return text === null ? 'tooLargeForFrame' : (await copyText(text)) ? 'copied' : 'notCopied';
  };
  return [
    { label: 'savePng', run: () => savePicture('png', picture('png')) },
    { label: 'saveSvg', run: () => savePicture('svg', picture('svg')) },
    { label: 'copyCsv', run: copyCsv },
    { label: 'saveNpy', run: saveNpy },
    { label: 'copyTag', run: () => copyEmbed('tag') },
    { label: 'copyFrame', run: () => copyEmbed('frame') },
    { label: 'copyScript', run: () => copyEmbed('script') },
  ];
}
