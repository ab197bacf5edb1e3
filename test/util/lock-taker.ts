/** A program that takes a lock when it is told to, and says whether it did: `node lock-taker.js PATH`. It holds it until it is killed. */
import {takeLock} from '../../src/util/process-lock.js'

const [, , path] = process.argv
process.stdout.write('ready\n')
process.stdin.once('data', () => {
  const taken = takeLock(path, 'a test')
  process.stdout.write('holder' in taken ? 'took\n' : 'busy\n')
})
