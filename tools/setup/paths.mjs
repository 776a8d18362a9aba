// Where set-up puts things: everything of its own under one git-ignored folder, so that removing that folder undoes it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const toolchain = join(root, '.toolchain');

/** Packages of the Debian release that the machine runs (LLVM, formatters), unpacked. */
export const ownRelease = join(toolchain, 'bookworm');
/** Packages of the release after it (Emscripten, xtensor, xsimd), unpacked. */
export const nextRelease = join(toolchain, 'trixie');
/** Small launchers, first on the PATH of every build. */
export const launchers = join(toolchain, 'bin');
/** What CMake is to include to compile for WebAssembly; cmake/emscripten-toolchain.cmake reads it. */
export const emscriptenCmake = join(toolchain, 'emscripten.cmake');
