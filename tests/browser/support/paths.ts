import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** Where `npm run build` puts what is shipped. */
export const distFolder = join(repositoryRoot, 'dist');
