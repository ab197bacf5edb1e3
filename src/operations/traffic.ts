/** What a server has been asked so far. */
import type {Traffic} from '../backend/backend.js'
import type {Repository} from '../repository/repository.js'

export type {Traffic}

/** Nothing for a repository that no server keeps. */
export function trafficOf({backend}: Repository): {traffic?: Traffic; endpoint?: string} {
  const {traffic, endpoint} = backend
  return traffic === undefined ? {} : {traffic: {...traffic}, endpoint}
}
