import {execFileSync, spawnSync} from 'node:child_process'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {createHome, writeTree} from './run-pocket.js'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell']

test.serial('completion: every shell has a script that knows commands, flags and values', async (t) => {
  const home = await createHome(t)
  for (const shell of SHELLS) {
    const {stdout} = await home.succeed(['completion', shell])
    for (const word of ['snapshot', 'change', 'compression', 'fastest', 'powershell']) t.true(stdout.includes(word), `${shell}: ${word}`)
    const [json] = await home.json(['completion', shell])
    t.deepEqual(json, {schema: 1, type: 'completion', shell, script: stdout})
  }
  t.is((await home.run(['completion', 'csh'])).code, 2)
})

test.serial('completion: bash completes commands, topics, flags, values and folders', async (t) => {
  if (spawnSync('bash', ['-c', 'true']).status !== 0) return t.pass('skipped: bash is not installed')
  const home = await createHome(t)
  await writeTree(home.path, {'some folder/x': '', 'some file': ''})
  await writeFile(join(home.path, 'pocket.bash'), (await home.succeed(['completion', 'bash'])).stdout)
  const complete = (...words: string[]): string[] => {
    const quoted = ['pocket', ...words].map((word) => `'${word}'`).join(' ')
    const script = `. ./pocket.bash; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _pocket; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', script], {cwd: home.path, encoding: 'utf8'}).split('\n').slice(0, -1)
  }
  t.deepEqual(complete('sna'), ['snapshot'])
  t.deepEqual(complete('key', 'a'), ['add'])
  t.deepEqual(complete('key', 'add', '--lab'), ['--label'])
  t.deepEqual(complete('snapshot', '--compression', 'f'), ['fastest'])
  t.deepEqual(complete('snapshot', 'some'), ['some file', 'some folder'])
  t.deepEqual(complete('snapshot', '--repository', 'some'), ['some folder'])
  t.deepEqual(complete('completion', 'z'), ['zsh'])
  t.deepEqual(complete('list', '--host', 'x'), [''])
})

for (const [shell, check] of [
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
] as const) {
  test.serial(`completion: ${shell} takes its script`, async (t) => {
    if (spawnSync(shell, ['-c', 'true']).status !== 0) return t.pass(`skipped: ${shell} is not installed`)
    const home = await createHome(t)
    const path = join(home.path, 'script')
    await writeFile(path, (await home.succeed(['completion', shell])).stdout)
    const {status, stderr} = spawnSync(shell, [...check, path], {encoding: 'utf8'})
    t.is(status, 0, stderr)
  })
}
