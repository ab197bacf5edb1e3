/** The arguments that commands share. */
import {string} from '@oclif/core/args'

/** What a snapshot, or a part of it, is named by. */
export const referenceArgument = string({
  description: "ID, 'latest' or 'latest~2', and ':path' for a part of it",
  required: true,
  ignoreStdin: true,
})

const SNAPSHOTS = {description: "ID, 'latest' or 'latest~2'", multiple: true, ignoreStdin: true} as const

/** Whole snapshots. */
export const snapshotsArgument = string({...SNAPSHOTS, required: true})
export const optionalSnapshotsArgument = string({...SNAPSHOTS, required: false})

/** Forgotten ones: `latest` is none of them. */
export const forgottenArgument = string({
  description: 'ID of a forgotten snapshot; without any, they are listed',
  required: false,
  multiple: true,
  ignoreStdin: true,
})
