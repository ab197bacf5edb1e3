import {join} from 'node:path'
import type {Command} from '../command.js'
import {removeFolder} from '../disk.js'
import {makeFolders} from '../rounds.js'
import type {BucketPlace, FileRequest, RunFolders, Tool} from '../tools/tool.js'

/** A tool that can keep its repository in a bucket. */
export type BucketTool = Tool & Required<Pick<Tool, 'inBucket' | 'file'>>

export function isBucketTool(tool: Tool): tool is BucketTool {
  return tool.inBucket !== undefined && tool.file !== undefined
}

/** One tool with its repository in a bucket: its commands, with the environment that leads there. */
export class BucketRun {
  readonly tool: BucketTool
  readonly place: BucketPlace
  readonly #folder: string
  readonly #folders: RunFolders
  readonly #environment: Readonly<Record<string, string>>

  /** What the tool keeps locally lies in `folder`. */
  constructor(tool: BucketTool, place: BucketPlace, folder: string) {
    const {location, environment} = tool.inBucket(place)
    this.tool = tool
    this.place = place
    this.#folder = folder
    this.#folders = {
      repository: location,
      cache: join(folder, 'cache'),
      home: join(folder, 'home'),
      temporary: join(folder, 'temporary'),
    }
    this.#environment = environment
  }

  /** Makes the local folders, too. */
  async init(): Promise<Command> {
    await this.forgetLocalState()
    return this.#there(this.tool.init(this.#folders))
  }

  snapshot(source: string, label: string): Command {
    return this.#there(this.tool.snapshot(this.#folders, source, label))
  }

  restore(target: string, label: string): Command {
    return this.#there(this.tool.restore(this.#folders, target, label))
  }

  restoreFile(file: FileRequest): Command {
    return this.#there(this.tool.file.restore(this.#folders, file))
  }

  /** Leaves an empty cache and an empty home. */
  async forgetLocalState(): Promise<void> {
    await removeFolder(this.#folder)
    await makeFolders([this.#folders.cache, this.#folders.home, this.#folders.temporary])
  }

  #there(command: Command): Command {
    return {...command, environment: {...command.environment, ...this.#environment}}
  }
}
