import type {ChunkerParameters} from '../../src/chunker/parameters.js'
import {randomBytes, repetitiveBytes, SMALL} from './material.js'

/**
 * Contents and where they are cut with the gear table of seed 'pinned': every chunk's length. Computed by a program
 * that shares no code with this one. If these change, nothing that is stored is found again: they never do.
 */
export interface PinnedCuts {
  title: string
  parameters: ChunkerParameters
  content: () => Buffer
  lengths: readonly number[]
}

const LARGE: ChunkerParameters = {minSize: 16 * 1024, averageSize: 64 * 1024, maxSize: 256 * 1024, normalization: 2}

export const PINNED_CUTS: readonly PinnedCuts[] = [
  {
    title: '3 MiB of random bytes at an average of 64 KiB',
    parameters: LARGE,
    content: () => randomBytes('pinned', 3 * 1024 * 1024 + 17),
    lengths: [
      78213, 96693, 76950, 94389, 24413, 81157, 69609, 70274, 79283, 65987, 66502, 71236, 67553, 79967, 125383, 75896, 70929, 18549, 70199,
      56412, 23677, 66666, 69669, 73618, 84767, 102773, 72148, 80366, 80154, 75054, 81931, 88766, 33704, 84140, 90750, 31082, 85308, 37237,
      26425, 69813, 116214, 39750, 99172, 80953, 12014,
    ],
  },
  {
    title: '12,000 bytes of text at an average of 256 bytes',
    parameters: SMALL,
    content: () => repetitiveBytes('pinned', 12_000),
    lengths: [
      392, 262, 227, 438, 351, 268, 71, 281, 273, 439, 265, 304, 240, 446, 106, 107, 527, 352, 340, 261, 341, 297, 292, 420, 266, 263, 338,
      288, 341, 297, 262, 295, 292, 404, 86, 315, 259, 305, 297, 268, 124,
    ],
  },
]
