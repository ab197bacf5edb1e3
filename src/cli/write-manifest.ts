/** A step of the build: writes `oclif.manifest.json`, so that starting a command need not load all the others. */
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Plugin} from '@oclif/core/config'

const root = process.cwd()
const plugin = new Plugin({
  root,
  name: 'pocket',
  type: 'core',
  isRoot: true,
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
})
await plugin.load()
await writeFile(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, undefined, 1)}\n`)
