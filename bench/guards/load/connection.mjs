// HTTP/1.1 as cheap as Node.js has it: a keep-alive connection with one request under way, written and read as bytes, so
// that the client is not what is measured.
import { connect } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
/** Where the status is, in `HTTP/1.1 200`. */
const STATUS = 9;

export class Connection {
  #socket;
  #answered;
  /** Length of the whole answer, once one was read: all answers of a host are alike. */
  #usual = 0;
  #rest = [];

  /** @param port on loopback */
  static async open(port) {
    const connection = new Connection();
    await new Promise((resolve, reject) => {
      connection.#socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: { buffer: Buffer.allocUnsafe(16_384), callback: (length, buffer) => connection.#read(length, buffer) },
      });
      connection.#socket.once('connect', resolve).once('error', reject);
    });
    connection.#socket.on('error', () => {});
    connection.#socket.on('close', () => connection.#answer(0, 'The connection was closed.'));
    return connection;
  }

  /** @param answered is given the status, and the text of what is not 200 */
  send(request, answered) {
    this.#answered = answered;
    this.#socket.write(request);
  }

  close() {
    this.#socket.destroy();
  }

  #read(length, buffer) {
    if (length === this.#usual && this.#rest.length === 0 && statusOf(buffer) === 200) this.#answer(200);
    else this.#collect(Buffer.from(buffer.subarray(0, length)));
    return true;
  }

  #collect(part) {
    this.#rest.push(part);
    const all = Buffer.concat(this.#rest);
    const end = all.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const stated = /\r\ncontent-length: (\d+)/i.exec(all.toString('latin1', 0, end))?.[1];
    const whole = end + END_OF_HEAD.length + Number(stated);
    if (all.length < whole) return;
    this.#rest = [];
    const status = statusOf(all);
    if (status === 200) this.#usual = whole;
    this.#answer(status, status === 200 ? undefined : all.toString('latin1'));
  }

  #answer(status, text) {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(status, text);
  }
}

function statusOf(bytes) {
  return (bytes[STATUS] - 48) * 100 + (bytes[STATUS + 1] - 48) * 10 + (bytes[STATUS + 2] - 48);
}
