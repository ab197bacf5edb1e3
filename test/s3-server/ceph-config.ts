/** The files that a Ceph of one monitor, one disk and one gateway is made from. */
import {randomBytes} from 'node:crypto'
import {join} from 'node:path'

export interface CephLayout {
  folder: string
  clusterId: string
  monitorPort: number
  gatewayPort: number
  objectStore: 'memstore' | 'bluestore'
  /** The files of a certificate and its key, when the gateway is to speak TLS. */
  tls?: {certificatePath: string; keyPath: string}
}

/** The key that objects put with `aws:kms` may ask for. */
export const KMS_KEY_ID = 'testkey'
const KMS_KEY = randomBytes(32).toString('base64')

/** How much a store takes before it is full. */
const STORE_BYTES = 16 * 2 ** 30

/**
 * `ceph.conf`. One copy of everything, few placement groups, and a monitor that does not wait for others to propose
 * something: so a start takes half a second instead of thirteen.
 */
export function configText({folder, clusterId, monitorPort, gatewayPort, objectStore, tls}: CephLayout): string {
  const frontend =
    tls === undefined
      ? `endpoint=127.0.0.1:${gatewayPort}`
      : `ssl_endpoint=127.0.0.1:${gatewayPort} ssl_certificate=${tls.certificatePath} ssl_private_key=${tls.keyPath}`
  return `[global]
fsid = ${clusterId}
mon_host = [v2:127.0.0.1:${monitorPort}/0]
ms_bind_ipv4 = true
ms_bind_ipv6 = false
run_dir = ${join(folder, 'run')}
crash_dir = ${join(folder, 'run')}
admin_socket =
pid_file =
keyring = ${join(folder, 'keyring')}
log_file = ${join(folder, '$name.log')}
mon_cluster_log_file = ${join(folder, 'cluster.log')}
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 1
paxos_propose_interval = 0.02
paxos_min_wait = 0.01

[mon]
mon_data = ${join(folder, 'mon')}

[osd]
osd_data = ${join(folder, 'osd')}
public_addr = 127.0.0.1
osd_crush_update_on_start = false
osd_objectstore = ${objectStore}
memstore_device_bytes = ${STORE_BYTES}
bluestore_block_size = ${STORE_BYTES}
bluestore_fsck_on_mkfs = false
osd_memory_target = 1073741824

[client.rgw]
rgw_frontends = beast ${frontend}
debug_rgw = 1
rgw_dns_name = localhost
rgw_gc_obj_min_wait = 5
rgw_gc_processor_period = 20
rgw_gc_processor_max_time = 20
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = ${KMS_KEY_ID}=${KMS_KEY}
`
}

/** The programs with what they may do, all with the same secret key; the monitor takes them over when it is made. */
export function keyringText(secretKey: string): string {
  const mayAll = ['mon', 'osd', 'mgr'].map((service) => `\tcaps ${service} = "allow *"\n`).join('')
  return ['mon.', 'osd.0', 'client.admin', 'client.rgw'].map((name) => `[${name}]\n\tkey = ${secretKey}\n${mayAll}`).join('')
}
