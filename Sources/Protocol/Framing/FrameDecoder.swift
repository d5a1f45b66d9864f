/// Turns bytes into frames: push bytes in as they come, pull frames out.
///
/// Pure and incremental: it reads no file, and how the bytes are cut into pieces makes no difference. Every header
/// field is checked as soon as its bytes are there, before anything is allocated, so stray text fails at its first
/// byte. A body is copied once, into an array reserved at its full size; JSON and attachments are slices of it.
///
/// Complexity: linear in the bytes appended.
public struct FrameDecoder: Sendable {
  private enum State {
    case header
    case body(FrameHeader)
    case skipping(Int)
    case failed
  }

  private let sender: FrameSender
  private let limits: Limits
  private var state = State.header
  private var header: [UInt8] = []
  private var body: [UInt8] = []
  private var frames: [Frame] = []
  private var nextFrame = 0
  private var failure: FrameError?

  /// A decoder for the frames that `sender` sends.
  public init(from sender: FrameSender, limits: Limits = .standard) {
    self.sender = sender
    self.limits = limits
    header.reserveCapacity(FrameHeader.size)
  }

  /// Takes the next bytes of the stream. After a framing error they are dropped.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while !rest.isEmpty {
      switch state {
      case .header:
        header.append(rest.removeFirst())
        checkHeader(rest)
      case .body(let head):
        let part = rest.prefix(head.bodyLength - body.count)
        body.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
        rest = rest.dropFirst(part.count)
        if body.count == head.bodyLength { finish(head) }
      case .skipping(let remaining):
        let part = min(remaining, rest.count)
        rest = rest.dropFirst(part)
        state = part == remaining ? .header : .skipping(remaining - part)
      case .failed:
        return
      }
    }
  }

  /// Takes the next bytes of the stream.
  public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  /// The next whole frame, or nil when more bytes are needed.
  ///
  /// - Throws: ``FrameError`` once every frame before the offending bytes has been returned, and again on every
  ///   later call: the stream is lost.
  public mutating func next() throws(FrameError) -> Frame? {
    if nextFrame < frames.count {
      let frame = frames[nextFrame]
      nextFrame += 1
      if nextFrame == frames.count {
        frames.removeAll(keepingCapacity: true)
        nextFrame = 0
      }
      return frame
    }
    if let failure { throw failure }
    return nil
  }

  /// To be called at the end of the stream, after the last frame was taken.
  ///
  /// - Throws: ``FrameError`` with reason `truncated` when the stream ended inside a frame.
  public func finish() throws(FrameError) {
    let missing: String
    switch state {
    case .header where header.isEmpty: return
    case .failed: return
    case .header: missing = "\(header.count) of the \(FrameHeader.size) header bytes"
    case .body(let head): missing = "\(body.count) of the \(head.bodyLength) bytes after the header of id \(head.id)"
    case .skipping(let remaining): missing = "all but \(remaining) bytes of an oversized frame"
    }
    throw FrameError(.truncated, "The stream ended inside a frame: only \(missing) arrived.", firstBytes: header)
  }

  /// Bytes of an unfinished frame that are held in memory.
  public var bufferedBytes: Int { header.count + body.count }

  private mutating func finish(_ head: FrameHeader) {
    frames.append(
      Frame(
        kind: head.kind, id: head.id, json: body[..<head.jsonLength], attachments: body[head.jsonLength...]))
    body = []
    startHeader()
  }

  private mutating func startHeader() {
    header.removeAll(keepingCapacity: true)
    state = .header
  }

  private mutating func fail(_ reason: FrameError.Reason, _ message: String, _ rest: Slice<UnsafeRawBufferPointer>) {
    let quote = header + rest.prefix(FrameError.quoted - header.count)
    failure = FrameError(reason, message + FrameHint.text(for: quote), firstBytes: quote)
    state = .failed
  }

  /// Checks the field whose last byte has just arrived.
  private mutating func checkHeader(_ rest: Slice<UnsafeRawBufferPointer>) {
    switch header.count {
    case 1 where Int(header[0]) << 24 > limits.maxFrame:
      fail(.length, "The first byte of a frame's length is too large for \(limits.maxFrame) bytes.", rest)
    case 4:
      let length = Int(FrameHeader.integer(header, 0..<4))
      if length < FrameHeader.counted || length > limits.maxFrame {
        fail(
          .length, "The frame's length is \(length); it must be \(FrameHeader.counted) to \(limits.maxFrame).", rest)
      }
    case 5 where header[4] != ProtocolVersion.magic:
      fail(.magic, "The byte after the length must be 0xFA.", rest)
    case 6 where header[5] != ProtocolVersion.wire:
      fail(.version, "The frame has version \(header[5]); this side speaks \(ProtocolVersion.wire).", rest)
    case 7 where FrameKind(rawValue: header[6])?.sender != sender:
      fail(.kind, "The \(sender) sends no frames of kind \(header[6]).", rest)
    case 8 where header[7] != 0:
      fail(.flags, "The flags must be 0.", rest)
    case 16 where identifier == nil:
      fail(.id, "The id must be 1 to \(RequestID.maximum), or 0 where the connection is meant.", rest)
    case FrameHeader.size:
      completeHeader(rest)
    default: break
    }
  }

  /// The header's id when its kind allows it.
  private var identifier: RequestID? {
    guard let kind = FrameKind(rawValue: header[6]) else { return nil }
    let value = FrameHeader.integer(header, 8..<16)
    if value == 0 { return kind.allowsConnectionID ? .connection : nil }
    return kind == .ready ? nil : RequestID(value)
  }

  private mutating func completeHeader(_ rest: Slice<UnsafeRawBufferPointer>) {
    let bodyLength = Int(FrameHeader.integer(header, 0..<4)) - FrameHeader.counted
    let jsonLength = Int(FrameHeader.integer(header, 16..<20))
    guard let kind = FrameKind(rawValue: header[6]), let id = identifier else { return }
    guard jsonLength <= bodyLength else {
      fail(.jsonLength, "The JSON's length is \(jsonLength), but only \(bodyLength) bytes follow the header.", rest)
      return
    }
    if jsonLength > limits.maxJSON {
      frames.append(Frame(kind: kind, id: id, json: [], skippedJSON: jsonLength))
      header.removeAll(keepingCapacity: true)
      state = .skipping(bodyLength)
      return
    }
    let head = FrameHeader(
      kind: kind, id: id, jsonLength: jsonLength, attachmentLength: bodyLength - jsonLength)
    if bodyLength == 0 {
      finish(head)
    } else {
      body.reserveCapacity(bodyLength)
      state = .body(head)
    }
  }
}
