#!/usr/bin/env node
import {readFileSync} from 'node:fs'

const argv = process.argv.slice(2)
const root = new URL('..', import.meta.url)

// Asked for its version, pocket loads nothing: this is what scripts and editors call often.
if (['--version', '-v', 'version'].includes(argv[0]) && argv.slice(1).every((word) => word === '--json')) {
  const {version} = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') process.stderr.write(`pocket: cannot write the output: ${error.code}\n`)
    process.exit(error.code === 'EPIPE' ? 0 : 1)
  })
  const asJson = JSON.stringify({schema: 1, type: 'version', version, node: process.versions.node})
  process.stdout.write(argv.length > 1 ? `${asJson}\n` : `pocket ${version}\n`)
} else {
  const {fileURLToPath} = await import('node:url')
  const {run} = await import('../dist/src/cli/run.js')
  await run(argv, fileURLToPath(root))
}
