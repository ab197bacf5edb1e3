/** What an entry of a directory is, as the column `types` says it: docs/repository-format.md, "Tree page". */
export const ENTRY_TYPE = {
  /** Listed by its directory, but nothing could be learned of it. */
  unknown: 0,
  file: 1,
  directory: 2,
  link: 3,
  fifo: 4,
  socket: 5,
  characterDevice: 6,
  blockDevice: 7,
} as const

export type EntryType = (typeof ENTRY_TYPE)[keyof typeof ENTRY_TYPE]
