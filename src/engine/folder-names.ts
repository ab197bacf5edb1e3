/** Which names a walk goes through in a folder: those that are there, those that the parent has, or both. */
import {PocketError, systemCode} from '../errors.js'
import {isGone, listDirectory} from '../filesystem/scan.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {type ByteString, displayName} from '../util/bytes.js'
import {namesOfBoth} from './changes.js'
import type {Visit} from './visit.js'
import type {WalkNotes} from './walk-notes.js'

export class FolderNames {
  readonly #readTree: ReadTree
  readonly #notes: WalkNotes

  constructor(readTree: ReadTree, notes: WalkNotes) {
    this.#readTree = readTree
    this.#notes = notes
  }

  /** Sorted; undefined when the folder cannot be listed, which is noted in its parent. Throws `source-unreadable` of one that has none. */
  async of(visit: Visit): Promise<ByteString[] | undefined> {
    const {touched, selection} = visit
    if (touched && !touched.isTouched && selection === 'all') {
      const names = await this.#ofParent(visit, [...touched.below.keys()].sort())
      if (names.isWhole) return names.names
      // What was in it is not known any more: all of it is looked at.
      visit.touched = undefined
    }
    const live = this.#list(visit)
    if (!live || !visit.picked || visit.previous.length === 0 || selection !== 'all') return live
    return (await this.#ofParent(visit, live)).names
  }

  /** `names`, and those that the parent has; `isWhole` unless some of its pages are lost. */
  async #ofParent({previous}: Visit, names: readonly ByteString[]): Promise<{names: ByteString[]; isWhole: boolean}> {
    let isWhole = true
    const both = await namesOfBoth(names, this.#readTree, previous[0].root, (error) => {
      isWhole = false
      this.#notes.warnOnce(error)
    })
    return {names: both, isWhole}
  }

  #list({path, parent, selection, previous, picked}: Visit): ByteString[] | undefined {
    if (selection !== 'all') return [...selection.keys()].sort()
    if (picked?.isGone) return []
    try {
      return listDirectory(path)
    } catch (error) {
      const code = systemCode(error)
      if (code === undefined) throw error
      if (!parent) throw new PocketError('source-unreadable', `cannot list '${displayName(path)}': ${code}`, {cause: error})
      if (picked && previous.length > 0) {
        // That it cannot be listed was not picked: what is in it stays as the parent has it.
        picked.isGone = true
        if (!isGone(path)) this.#notes.unrecorded(path, error)
        return []
      }
      // Removed since its folder was listed: then it is not part of the snapshot.
      if (isGone(path)) parent.visit.builder.drop(parent.entry)
      else this.#notes.unreadable(parent.visit.builder, parent.entry, path, error)
      return undefined
    }
  }
}
