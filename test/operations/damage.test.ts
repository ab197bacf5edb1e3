/** Every object of a small repository damaged in every way, one at a time: detected, named, and never restored as good. */
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {createSample, examine, type Objects, type Outcome, type Sample, SECOND_KEY} from './damaged-objects.js'

interface Damage {
  title: string
  objects: Objects
  /** The first byte that is not as it was; 0 where there is nothing left. */
  from: number
}

const HEAD_BYTES = 40
const SALT_BYTES = 32
/** Length and magic at the end of a pack. */
const FOOTER_BYTES = 8

function kindOf(name: string): string {
  return name.split('/')[0]
}

function* damagesOf(sample: Sample, name: string): Generator<Damage> {
  const bytes = sample.objects.get(name)!
  const replace = (title: string, from: number, replacement: Uint8Array | undefined): Damage => {
    const objects = new Map(sample.objects)
    if (replacement) objects.set(name, replacement)
    else objects.delete(name)
    return {title: `${name} ${title}`, objects, from}
  }
  yield replace('removed', 0, undefined)
  for (const length of [0, 1, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, bytes.length >> 1, bytes.length - 1]) {
    yield replace(`cut to ${length} bytes`, length, bytes.slice(0, length))
  }
  yield replace('with a byte more', bytes.length, Buffer.concat([bytes, Buffer.from([0])]))
  const places = [0, 4, 5, 6, 7, 8, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 4, bytes.length >> 1, bytes.length - 9, bytes.length - 1]
  for (const [number, place] of places.entries()) {
    const flipped = bytes.slice()
    flipped[place] ^= 1 << (number % 8)
    yield replace(`with bit ${number % 8} of byte ${place} flipped`, place, flipped)
  }
  const twin = [...sample.objects.keys()].find((other) => isTwin(sample, name, other))
  if (twin === undefined) return
  const objects = new Map(sample.objects)
  objects.set(name, sample.objects.get(twin)!)
  objects.set(twin, bytes)
  yield {title: `${name} swapped with ${twin}`, objects, from: 0}
}

/** `sample` with the snapshots that need the object. */
function only(sample: Sample, name: string): Sample {
  const snapshots = sample.snapshots.filter(({objects}) => objects.includes(name))
  return snapshots.length > 0 ? {...sample, snapshots} : sample
}

/** Another object of the same kind: of packs, one that holds the same kind of chunks. */
function isTwin({objects}: Sample, name: string, other: string): boolean {
  return other !== name && kindOf(other) === kindOf(name) && objects.get(other)![5] === objects.get(name)![5]
}

/**
 * Damage that harms nothing that is read: the directory at the end of a pack, of which the index has a copy, and bytes of a head or
 * config that an unencrypted repository has no use for. Whatever is restored then is right, which is checked all the same.
 */
function isHarmless({objects}: Sample, isEncrypted: boolean, name: string, {from, title}: Damage): boolean {
  if (kindOf(name) === 'chunks') {
    const bytes = objects.get(name)!
    const directory = Buffer.from(bytes).readUInt32LE(bytes.length - FOOTER_BYTES)
    const isBehindFrames = from >= bytes.length - FOOTER_BYTES - directory
    return isBehindFrames || (!isEncrypted && from >= HEAD_BYTES - SALT_BYTES && from < HEAD_BYTES && !title.includes('cut'))
  }
  return name === 'config' && !isEncrypted
}

function check(t: ExecutionContext, sample: Sample, name: string, damage: Damage, outcome: Outcome): void {
  const {complaints, restored, wrong, isOpened} = outcome
  const story = `${damage.title}:\n${[...wrong, ...complaints].join('\n')}`
  t.deepEqual(wrong, [], story)
  if (name === 'config') {
    if (!isOpened)
      t.regex(complaints[0], /^(damaged-config|wrong-password|format-too-new|repository-missing|authentication-failed): /, story)
    else t.deepEqual([restored, complaints], [restored.map(() => true), []], story)
    return
  }
  const id = name.slice(name.lastIndexOf('/') + 1)
  const isNamed = complaints.some((complaint) => complaint.includes(id.slice(0, 8)))
  // What is not there at all has left no name, but what needs it says so.
  t.true(isNamed || (damage.title.includes('removed') && complaints.length > 0), story)
  const others = sample.snapshots.flatMap(({objects}, number) => (objects.includes(name) ? [] : [number]))
  if (!damage.title.includes('swapped'))
    for (const number of others) t.true(restored[number], `snapshot ${number} was not touched. ${story}`)
}

for (const isEncrypted of [true, false]) {
  const suite = isEncrypted ? 'encrypted' : 'unencrypted'

  test.serial(
    `damage: ${suite}: every damage to every pack, index and snapshot is detected and named, and what it does not touch restores`,
    async (t) => {
      t.timeout(120_000)
      const sample = await createSample(t, isEncrypted)
      let detected = 0
      let harmless = 0
      for (const name of sample.objects.keys()) {
        if (name === 'config' || kindOf(name) === 'keys') continue
        for (const damage of damagesOf(sample, name)) {
          // Whether the other snapshot is whole is asked where most is gone.
          const asked = /removed|swapped|cut to 0 /.test(damage.title) ? sample : only(sample, name)
          const outcome = await examine(asked, damage.objects)
          if (isHarmless(sample, isEncrypted, name, damage) && outcome.complaints.length === 0) {
            t.deepEqual([outcome.wrong, outcome.restored.includes(false)], [[], false], damage.title)
            harmless++
          } else {
            check(t, asked, name, damage, outcome)
            detected++
          }
        }
      }
      t.log(`${detected} damages detected, ${harmless} harmless`)
      t.true(detected > 100)
    },
  )

  test.serial(`damage: ${suite}: a damaged config is never opened as another one`, async (t) => {
    const sample = await createSample(t, isEncrypted)
    for (const damage of damagesOf(sample, 'config')) {
      const outcome = await examine(sample, damage.objects)
      if (isEncrypted) t.false(outcome.isOpened && !damage.title.includes('more'), damage.title)
      check(t, sample, 'config', damage, outcome)
    }
  })

  test.serial(`damage: ${suite}: with a warm cache nothing wrong is restored either`, async (t) => {
    const sample = await createSample(t, isEncrypted)
    const cacheDirectory = join(sample.folder, 'cache')
    t.deepEqual((await examine(sample, sample.objects, sample.secret, cacheDirectory)).restored, [true, true])
    for (const name of sample.objects.keys()) {
      for (const damage of damagesOf(sample, name)) {
        if (!/removed|swapped|cut to \d{3,} |byte \d{3,} flipped/.test(damage.title)) continue
        const outcome = await examine(only(sample, name), damage.objects, sample.secret, cacheDirectory)
        t.deepEqual(outcome.wrong, [], `${damage.title}: ${outcome.complaints.join('\n')}`)
      }
    }
    t.deepEqual((await examine(sample, sample.objects, sample.secret, cacheDirectory)).restored, [true, true])
  })
}

test.serial('damage: a damaged key is named, does not open, and the other key still does', async (t) => {
  const sample = await createSample(t, true)
  const names = [...sample.objects.keys()].filter((name) => kindOf(name) === 'keys')
  t.is(names.length, 2)
  for (const name of names) {
    for (const damage of damagesOf(sample, name)) {
      const outcomes = await Promise.all([sample.secret, SECOND_KEY].map((secret) => openOnly(sample, damage, secret)))
      const opened = outcomes.filter(({isOpened}) => isOpened)
      t.is(opened.length, damage.title.includes('swapped') ? 0 : 1, damage.title)
      const [failed] = outcomes.filter(({isOpened}) => !isOpened)
      t.regex(failed.complaints.at(-1)!, /^(wrong-password|damaged-key): /, damage.title)
      if (!damage.title.includes('removed'))
        t.true(
          failed.complaints.some((complaint) => complaint.includes(name.slice(5, 13))),
          `${damage.title}: ${failed.complaints.join()}`,
        )
    }
  }
  const none = new Map([...sample.objects].filter(([name]) => !names.includes(name)))
  t.regex((await examine(sample, none)).complaints.join(), /^damaged-key: /)
})

async function openOnly(sample: Sample, {objects}: Damage, secret: Sample['secret']): Promise<Outcome> {
  return examine({...sample, snapshots: []}, objects, secret)
}
