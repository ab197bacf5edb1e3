/** `pocket snapshot --review`: shows what the snapshot would take in, and asks where there is somebody to be asked. */
import type {Repository} from '../operations/open-repository.js'
import {reviewSnapshot, type SnapshotReview} from '../operations/review-snapshot.js'
import type {SnapshotOptions} from '../operations/take-snapshot.js'
import type {OutputFlags} from './flags.js'
import type {Output} from './output.js'
import type {Terminal} from './password-prompt.js'
import {reviewJson} from './reporters/review-json.js'
import {reviewLines} from './reporters/review-text.js'
import {askWhatToSave} from './review-question.js'
import {writePieces} from './stream-lines.js'

/** Lines of each kind of change. */
const SHOWN_ROWS = 20

export interface ReviewScreen {
  flags: OutputFlags
  output: Output
  errorOutput: Output
  /** Undefined when nobody can be asked. */
  terminal: Terminal | undefined
}

/**
 * The options of the snapshot that is to be taken then, or `none`. With `--json`, `--quiet`, in a dry run and without a terminal nothing is
 * asked, and everything is taken. Throws what `reviewSnapshot` throws, and `interrupted`.
 */
export async function reviewBefore(
  repository: Repository,
  options: SnapshotOptions,
  screen: ReviewScreen,
): Promise<SnapshotOptions | 'none'> {
  const {flags, output, errorOutput} = screen
  const terminal = flags.json || flags.quiet || options.dryRun ? undefined : screen.terminal
  const review = await reviewSnapshot(repository, options)
  if (flags.json) await writePieces(output, reviewJson(review))
  // What is asked about belongs to the question, and so to stderr.
  else for (const line of reviewLines(review, SHOWN_ROWS)) (terminal ? errorOutput : output).line(line)
  return terminal ? choose(review, options, terminal) : options
}

async function choose(review: SnapshotReview, options: SnapshotOptions, terminal: Terminal): Promise<SnapshotOptions | 'none'> {
  const answer = await askWhatToSave(review.changes, {terminal, signal: options.signal})
  if (answer === 'all') return options
  // The parent must be the one that was compared with, though another snapshot may have been taken meanwhile.
  return answer.length === 0 ? 'none' : {...options, parent: review.parent ?? false, picked: answer}
}
