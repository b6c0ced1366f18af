import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM, signed by its own key. */
  readonly cert: string;
}

export interface CertificateOptions {
  /** An IPv4 address. Default: 127.0.0.1. */
  readonly address?: string;
  /** In milliseconds since 1970. Default: an hour ago. */
  readonly from?: number;
  /** Default: in an hour. */
  readonly to?: number;
}

const SEQUENCE = 0x30;
const ecdsaWithSha256 = tlv(SEQUENCE, tlv(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
const subjectAltName = tlv(0x06, Buffer.from('551d11', 'hex'));
const commonName = tlv(0x06, Buffer.from('550403', 'hex'));

/** A self-signed certificate for an address (RFC 5280, section 4.1), made at the moment. */
export function selfSigned({ address = '127.0.0.1', from, to }: CertificateOptions = {}): Certificate {
  const hour = 3_600_000;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = tlv(SEQUENCE, tlv(0x31, tlv(SEQUENCE, commonName, tlv(0x0c, Buffer.from('test')))));
  const addresses = tlv(SEQUENCE, tlv(0x87, Buffer.from(address.split('.').map(Number))));
  const content = tlv(
    SEQUENCE,
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1, ...randomBytes(8)])),
    ecdsaWithSha256,
    name,
    tlv(SEQUENCE, time(from ?? Date.now() - hour), time(to ?? Date.now() + hour)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, tlv(SEQUENCE, tlv(SEQUENCE, subjectAltName, tlv(0x04, addresses)))),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', content, privateKey)]);
  const der = tlv(SEQUENCE, content, ecdsaWithSha256, tlv(0x03, signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}

/** UTCTime, to the second. */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, '').slice(2, 14);
  return tlv(0x17, Buffer.from(`${digits}Z`));
}

/** Tag, length, value: DER (ITU-T X.690). */
function tlv(tag: number, ...parts: Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const length =
    value.length < 128
      ? [value.length]
      : value.length < 256
        ? [0x81, value.length]
        : [0x82, value.length >> 8, value.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}
