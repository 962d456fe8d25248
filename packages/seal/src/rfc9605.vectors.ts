/**
 * The vector of RFC 9605, appendix C.3, for cipher suite 5 (AES_256_GCM_SHA512_128): key schedule, nonce, additional data and
 * cipher text. Its key id is short (0x123), which Sealcam never sends, so the header itself is tested in protocol.
 */
export const RFC9605_SUITE5 = {
  kid: '0000000000000123',
  ctr: 0x4567,
  header: '9901234567',
  baseKey: '000102030405060708090a0b0c0d0e0f',
  keyLabel: '534672616d6520312e3020536563726574206b65792000000000000001230005',
  saltLabel: '534672616d6520312e30205365637265742073616c742000000000000001230005',
  key: 'd3e27b0d4a5ae9e55df01a70e6d4d28d969b246e2936f4b7a5d9b494da6b9633',
  salt: '84991c167b8cd23c93708ec7',
  metadata: '4945544620534672616d65205747',
  nonce: '84991c167b8cd23c9370cba0',
  plain: '64726166742d696574662d736672616d652d656e63',
  sealed: '990123456794f509d36e9beacb0e261d99c7d1e972f1fed787d4049f17ca21353c1cc24d56ceabced279',
} as const;
