internal import Protocol

/// Messages as text: one JSON object a line, the id inside. `{"id":1,"cancel":true}` cancels.
struct LineChannel: InputChannel {
  private let limits: Limits
  private var line: [UInt8] = []
  private var skipped = 0
  private var messages: [Incoming] = []
  private var nextMessage = 0

  init(limits: Limits) { self.limits = limits }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 0x0A) {
      take(rest[..<end])
      finishLine()
      rest = rest[(end + 1)...]
    }
    take(rest)
  }

  mutating func end() { finishLine() }

  mutating func next() throws(FrameError) -> Incoming? {
    guard nextMessage < messages.count else {
      messages.removeAll(keepingCapacity: true)
      nextMessage = 0
      return nil
    }
    nextMessage += 1
    return messages[nextMessage - 1]
  }

  /// Adds to the current line; what is over the limit is counted and dropped.
  private mutating func take(_ part: Slice<UnsafeRawBufferPointer>) {
    let room = limits.maxJSON - line.count
    if part.count <= room, skipped == 0 {
      line.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
    } else {
      let kept = skipped == 0 ? part.prefix(room) : part.prefix(0)
      line.append(contentsOf: UnsafeRawBufferPointer(rebasing: kept))
      skipped += part.count - kept.count
    }
  }

  private mutating func finishLine() {
    defer {
      line.removeAll(keepingCapacity: line.capacity <= 65_536)
      skipped = 0
    }
    if skipped > 0 {
      let error = WireError.oversizedJSON(line.count + skipped, limit: limits.maxJSON)
      messages.append(.unreadable(LineID.scan(line), error))
      return
    }
    if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
    do throws(WireError) {
      messages.append(try message(WireJSON.object(line[...], limits: limits)))
    } catch {
      messages.append(.unreadable(LineID.scan(line), error))
    }
  }

  private func message(_ json: JSONValue) throws(WireError) -> Incoming {
    guard case .integer(let number)? = json["id"], let value = UInt64(exactly: number), let id = RequestID(value) else {
      throw .badParams("id is required and must be an integer from 1 to \(RequestID.maximum).")
    }
    if json["cancel"] == .bool(true), json["method"] == nil { return .cancel(id) }
    return .request(id, json, attachments: [], size: line.count)
  }
}

/// Answers as text: the object of the frame with `id` and `kind` put in front. Errors without an id have `null`.
struct LineFormat: OutputFormat {
  func encode(_ kind: FrameKind, _ id: RequestID?, json: [UInt8]) -> [UInt8] {
    let number = id.map { String($0.value) } ?? "null"
    var line = Array("{\"id\":\(number),\"kind\":\"\(kind)\"".utf8)
    let members = json.dropFirst()
    line.append(contentsOf: members.first == UInt8(ascii: "}") ? "".utf8 : ",".utf8)
    line.append(contentsOf: members)
    line.append(0x0A)
    return line
  }
}
