import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import test from 'ava'

const MODULE = new URL('../../src/util/wake-pool.js', import.meta.url).href

/** What a process of its own prints that runs this: the tests' own is kept awake already. */
async function printedBy(program: string): Promise<string> {
  const words = ['--input-type=module', '-e', `import {keepPoolAwake} from ${JSON.stringify(MODULE)}\n${program}`]
  return (await promisify(execFile)(process.execPath, words, {timeout: 60_000})).stdout.trim()
}

test('wake pool: gives the pool something to do again and again', async (t) => {
  const tasks = await printedBy(`
    import {createHook} from 'node:async_hooks'
    let tasks = 0
    createHook({init: (_id, type) => void (type === 'RANDOMBYTESREQUEST' && tasks++)}).enable()
    keepPoolAwake(10)
    // Once is enough.
    keepPoolAwake(10)
    setTimeout(() => console.log(tasks), 500)
  `)
  t.true(Number(tasks) >= 3 && Number(tasks) <= 55, `${tasks} tasks`)
})

test('wake pool: the process ends all the same', async (t) => {
  t.is(await printedBy("keepPoolAwake(10); console.log('end')"), 'end')
})
