import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

/** A fresh folder that is removed when the test ends. */
export function temporaryFolder(t: {teardown(remove: () => void): void}): string {
  const folder = mkdtempSync(join(tmpdir(), 'pocket-test-'))
  t.teardown(() => rmSync(folder, {recursive: true, force: true}))
  return folder
}
