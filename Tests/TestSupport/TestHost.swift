import Glibc
package import Protocol

/// The parent's end of a pipe pair: sends requests, reads frames, and insists on the rules while doing so.
///
/// Works with a session in the same process and with a spawned worker alike.
package final class TestHost {
  /// The worker broke a rule of the protocol, or did not answer in time.
  package struct Failure: Error, CustomStringConvertible {
    /// Which rule.
    package var description: String

    /// A broken rule.
    package init(description: String) { self.description = description }
  }

  /// Every frame read so far, in order.
  package private(set) var frames: [Frame] = []

  private var input: Int32
  private var output: Int32
  private var decoder: FrameDecoder
  private let encoder = FrameEncoder()
  private var unread: [Frame] = []
  private var finished: Set<RequestID> = []
  private var hasEnded = false
  /// Where the frames of the latest request with an id start.
  private var starts: [RequestID: Int] = [:]

  /// A host that writes to `input` (the worker's stdin) and reads from `output` (its stdout). Owns both.
  package init(input: Int32, output: Int32, limits: Limits = .standard) {
    self.input = input
    self.output = output
    decoder = FrameDecoder(from: .worker, limits: limits)
    signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    closeInput()
    closeOutput()
  }

  /// The worker's stdin, to write to from elsewhere.
  package var inputDescriptor: Int32 { input }

  /// The worker's stdout, to read from elsewhere.
  package var outputDescriptor: Int32 { output }

  /// Closes the worker's stdin.
  package func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Closes the worker's stdout.
  package func closeOutput() {
    if output >= 0 { close(output) }
    output = -1
  }

  // MARK: Sending

  /// Writes bytes as they are.
  package func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Failure(description: "the worker does not read: \(errno)") }
      rest = rest.dropFirst(count)
    }
  }

  /// The bytes of a request frame.
  package func bytes(
    _ id: UInt64, _ method: String, _ params: JSONValue? = nil, deadlineMs: Int? = nil, key: String? = nil,
    descriptors: [AttachmentDescriptor]? = nil, attachments: [UInt8] = []
  ) throws -> [UInt8] {
    let envelope = RequestEnvelope(
      method: method, params: params, deadlineMs: deadlineMs, key: key, attachments: descriptors)
    let json = try WireJSON.encode(envelope)
    return try encoder.encode(
      Frame(kind: .request, id: TestHost.id(id), json: json[...], attachments: attachments[...]))
  }

  /// Sends a request.
  package func request(
    _ id: UInt64, _ method: String, _ params: JSONValue? = nil, deadlineMs: Int? = nil, key: String? = nil,
    descriptors: [AttachmentDescriptor]? = nil, attachments: [UInt8] = []
  ) throws {
    try send(
      bytes(
        id, method, params, deadlineMs: deadlineMs, key: key, descriptors: descriptors, attachments: attachments))
    try restart(id)
  }

  /// Sends a frame whose JSON is the given text.
  package func request(_ id: UInt64, text: String, attachments: [UInt8] = []) throws {
    try send(encoder.encode(Frame(kind: .request, id: TestHost.id(id), json: text, attachments: attachments)))
    try restart(id)
  }

  /// Sends a cancel.
  package func cancel(_ id: UInt64) throws {
    try send(encoder.encode(Frame(kind: .cancel, id: TestHost.id(id), json: "{}")))
  }

  /// Frames of the id from now on belong to a new request.
  private func restart(_ id: UInt64) throws {
    let id = try TestHost.id(id)
    if finished.remove(id) != nil { starts[id] = frames.count }
  }

  private static func id(_ value: UInt64) throws -> RequestID {
    guard let id = RequestID(value) else { throw Failure(description: "\(value) is no request id") }
    return id
  }

  // MARK: Receiving

  /// The next frame, or nil when the worker closed its stdout.
  ///
  /// - Throws: ``Failure`` when nothing comes in time, or a frame follows the terminal frame of its id.
  package func next(timeoutMs: Int32 = 20_000) throws -> Frame? {
    while unread.isEmpty {
      if hasEnded { return nil }
      var watched = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, timeoutMs) == 1 else { throw Failure(description: "no frame within \(timeoutMs) ms") }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = read(output, &buffer, buffer.count)
      if count <= 0 {
        hasEnded = true
        try decoder.finish()
        continue
      }
      decoder.append(Array(buffer.prefix(count)))
      while let frame = try decoder.next() {
        try check(frame)
        frames.append(frame)
        unread.append(frame)
      }
    }
    return unread.removeFirst()
  }

  private func check(_ frame: Frame) throws {
    guard !frame.id.isConnection else { return }
    guard !finished.contains(frame.id) else {
      throw Failure(description: "a \(frame.kind) frame after the terminal frame of id \(frame.id)")
    }
    if frame.kind.isTerminal { finished.insert(frame.id) }
  }

  /// The terminal frame of an id; frames of other ids are kept in ``frames`` only.
  package func terminal(_ id: UInt64) throws -> Frame {
    let start = try starts[TestHost.id(id)] ?? 0
    while true {
      let known = frames.dropFirst(start).first { $0.id.value == id && $0.kind.isTerminal }
      if let known { return known }
      guard try next() != nil else { break }
    }
    throw Failure(description: "the worker ended without answering id \(id)")
  }

  /// The error of the terminal frame of an id.
  package func error(_ id: UInt64) throws -> WireError {
    let frame = try terminal(id)
    guard frame.kind == .error else { throw Failure(description: "id \(id) was answered with a result") }
    return try WireJSON.decode(ErrorBody.self, from: frame.json).error
  }

  /// The result of the terminal frame of an id.
  package func reply<C: Command>(_ id: UInt64, _ command: C.Type) throws -> Reply<C.Result> {
    let frame = try terminal(id)
    guard frame.kind == .result else {
      throw Failure(description: "id \(id) failed: \(String(decoding: frame.json, as: UTF8.self))")
    }
    return try WireJSON.decode(Reply<C.Result>.self, from: frame.json)
  }

  /// Reads to the end of the worker's stdout.
  package func readToEnd() throws {
    while try next() != nil {}
  }

  /// How many terminal frames each id has.
  package var terminals: [UInt64: Int] {
    frames.filter(\.kind.isTerminal).reduce(into: [:]) { $0[$1.id.value, default: 0] += 1 }
  }
}
