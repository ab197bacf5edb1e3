import {join} from 'node:path'
import {writeRandomFile, writeRandomFiles} from './random-files.js'
import {SeededBytes} from './seed.js'

/** The length of every tenth small file. */
export const TEN_KB = 10_000
const FILES_PER_FOLDER = 200

export interface MixedFiles {
  largeBytes: number
  smallFiles: number
}

/**
 * Random bytes, which do not compress: `large/` has files of 1 to 20 MB, `largeBytes` together, `small/` files of 1 to 20 KB,
 * every tenth of them of 10 KB.
 */
export function writeMixedFiles(folder: string, {largeBytes, smallFiles}: MixedFiles): void {
  writeRandomFiles(join(folder, 'large'), 'large files', largeBytes, {leastBytes: 1_000_000, mostBytes: 20_000_000})
  const source = new SeededBytes('small files')
  for (let number = 0; number < smallFiles; number++) {
    const sizeBytes = number % 10 === 0 ? TEN_KB : source.scaled(1000, 20_000)
    writeRandomFile(join(folder, smallFilePath(number)), source, sizeBytes)
  }
}

/** Where small file `number` lies below the folder. */
export function smallFilePath(number: number): string {
  return join('small', `folder-${Math.floor(number / FILES_PER_FOLDER)}`, `file-${number}.bin`)
}
