/** What is asked of the server for each object that is stored. */
import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {PocketError, systemCode} from '../../errors.js'
import type {S3Options} from './options.js'

/** Fields of a PutObject. */
export interface WriteFields {
  ServerSideEncryption?: 'AES256' | 'aws:kms'
  SSEKMSKeyId?: string
  SSECustomerAlgorithm?: 'AES256'
  SSECustomerKey?: string
  SSECustomerKeyMD5?: string
}

/** Of a GetObject and HeadObject, too, where the key is the user's. */
export type CustomerKeyFields = Pick<WriteFields, 'SSECustomerAlgorithm' | 'SSECustomerKey' | 'SSECustomerKeyMD5'>

export interface EncryptionFields {
  write: WriteFields
  read: CustomerKeyFields
}

const CUSTOMER_KEY_BYTES = 32

/** Throws `key-missing` and `damaged-key` for a file with a key. */
export async function encryptionFields({encryption}: S3Options): Promise<EncryptionFields> {
  switch (encryption?.type) {
    case undefined:
      return {write: {}, read: {}}
    case 'AES256':
      return {write: {ServerSideEncryption: 'AES256'}, read: {}}
    case 'aws:kms':
      return {write: {ServerSideEncryption: 'aws:kms', SSEKMSKeyId: encryption.keyId}, read: {}}
    case 'customer': {
      const key = await readCustomerKey(encryption.keyFile)
      const fields: CustomerKeyFields = {
        SSECustomerAlgorithm: 'AES256',
        SSECustomerKey: key.toString('base64'),
        SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
      }
      return {write: fields, read: fields}
    }
  }
}

/** 32 bytes as they are, or as base64 text. */
async function readCustomerKey(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new PocketError('key-missing', `cannot read the key file '${path}': ${code}`, {hint: 'check its path', cause: error})
  })
  const key = bytes.length === CUSTOMER_KEY_BYTES ? bytes : Buffer.from(bytes.toString('latin1').trim(), 'base64')
  if (key.length === CUSTOMER_KEY_BYTES) return key
  throw new PocketError('damaged-key', `the key file '${path}' holds no key of 32 bytes`, {
    hint: `make one with: openssl rand -base64 32 > ${path}`,
  })
}
