import {join} from 'node:path'
import type {ProcessGroup} from './process-group.js'

/** Makes a certificate for 127.0.0.1 and localhost that is signed by itself. */
export async function makeCertificate(group: ProcessGroup): Promise<{certificatePath: string; keyPath: string}> {
  const certificatePath = join(group.folder, 'certificate.pem')
  const keyPath = join(group.folder, 'key.pem')
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:*.localhost'
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyPath]
  await group.run('openssl', ['req', '-x509', ...key, '-out', certificatePath, '-days', '2', '-subj', '/CN=localhost', '-addext', names])
  return {certificatePath, keyPath}
}
