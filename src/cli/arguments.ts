/** The arguments that commands share. */
import {string} from '@oclif/core/args'

/** What a snapshot, or a part of it, is named by. */
export const referenceArgument = string({
  description: "ID, 'latest' or 'latest~2', and ':path' for a part of it",
  required: true,
  ignoreStdin: true,
})
