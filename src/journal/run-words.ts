/** What runs are called by. */

/** In the order in which they are done. */
export const RUN_STEPS = ['snapshot', 'forget', 'prune', 'check', 'drill'] as const
export type RunStep = (typeof RUN_STEPS)[number]

export type RunTrigger = 'manual' | 'schedule' | 'watch'

/** `incomplete`: done, but something could not be read; `damaged`: done, but the repository is; `busy`: another run of the profile was at it. */
export type RunStatus = 'succeeded' | 'incomplete' | 'damaged' | 'failed' | 'interrupted' | 'timed-out' | 'busy'

/** `killed`: it has no end, and its process is gone, as after `kill -9` or a power loss. */
export type RunState = RunStatus | 'running' | 'killed'
