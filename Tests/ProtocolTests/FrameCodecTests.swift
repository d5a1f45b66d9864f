import Protocol
import TestSupport
import Testing

@Suite struct FrameCodecTests {
  /// The example of the protocol's definition: request 1, `{"method":"ping"}`.
  static let ping: [UInt8] = [
    0x00, 0x00, 0x00, 0x21, 0xFA, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
    0x11, 0x7B, 0x22, 0x6D, 0x65, 0x74, 0x68, 0x6F, 0x64, 0x22, 0x3A, 0x22, 0x70, 0x69, 0x6E, 0x67, 0x22, 0x7D,
  ]

  /// The example with some bytes replaced.
  static func changed(_ changes: [Int: UInt8]) -> [UInt8] {
    var bytes = ping
    for (offset, byte) in changes { bytes[offset] = byte }
    return bytes
  }

  @Test func encodesTheExampleToTheByte() throws {
    let id = try #require(RequestID(1))
    let frame = Frame(kind: .request, id: id, json: #"{"method":"ping"}"#)
    #expect(try FrameEncoder().encode(frame) == Self.ping)
  }

  @Test func decodesTheExample() throws {
    let outcome = try FrameVerifier.decode(Self.ping)
    #expect(outcome.failure == nil)
    #expect(outcome.frames.count == 1)
    #expect(outcome.frames.first?.kind == .request)
    #expect(outcome.frames.first?.id.value == 1)
    #expect(outcome.frames.first.map { String(decoding: $0.json, as: UTF8.self) } == #"{"method":"ping"}"#)
    #expect(outcome.frames.first?.attachments.isEmpty == true)
  }

  @Test(arguments: [
    (0, 0), (2, 0), (2, 1), (2, 65_536), (17, 5), (100_000, 3),
  ])
  func roundTrips(jsonLength: Int, attachmentLength: Int) throws {
    var random = SeededGenerator(seed: UInt64(jsonLength))
    let id = try #require(RequestID(RequestID.maximum))
    let frame = Frame(
      kind: .request, id: id, json: ArraySlice((0..<jsonLength).map { _ in UInt8.random(in: 0...255, using: &random) }),
      attachments: ArraySlice((0..<attachmentLength).map { _ in UInt8.random(in: 0...255, using: &random) }))
    let outcome = try FrameVerifier.decode(FrameEncoder().encode(frame))
    #expect(outcome == .init(frames: [frame]))
  }

  @Test(arguments: [
    ([0: 0x05], FrameError.Reason.length),
    ([0: 0x68, 1: 0x69], .length),
    ([3: 0x0F], .length),
    ([0: 0x04, 3: 0x01], .length),
    ([4: 0xFB], .magic),
    ([5: 0x02], .version),
    ([6: 0x00], .kind),
    ([6: 0x03], .kind),
    ([6: 0x12], .kind),
    ([7: 0x80], .flags),
    ([15: 0x00], .id),
    ([9: 0x20], .id),
    ([8: 0xFF, 9: 0xFF], .id),
    ([19: 0x12], .jsonLength),
    ([16: 0xFF], .jsonLength),
  ])
  func refusesBadHeaders(changes: [Int: UInt8], reason: FrameError.Reason) throws {
    #expect(try FrameVerifier.decode(Self.changed(changes)) == .init(frames: [], failure: reason))
    let afterGood = try FrameVerifier.decode(Self.ping + Self.changed(changes))
    #expect(afterGood.frames.count == 1)
    #expect(afterGood.failure == reason)
  }

  @Test func acceptsTheBounds() throws {
    let largest = try #require(RequestID(RequestID.maximum))
    #expect(RequestID(RequestID.maximum + 1) == nil)
    #expect(RequestID(0) == nil)
    let cancel = try FrameEncoder().encode(Frame(kind: .cancel, id: largest, json: ""))
    #expect(cancel.count == 20)
    #expect(try FrameVerifier.decode(cancel).frames.map(\.id) == [largest])
    let limits = Limits(maxFrame: 33)
    #expect(try FrameVerifier.decode(Self.ping, limits: limits).frames.count == 1)
    #expect(try FrameVerifier.decode(Self.ping, limits: Limits(maxFrame: 32)).failure == .length)
  }

  @Test func knowsTheDirections() throws {
    for kind in FrameKind.allCases {
      let id = kind == .ready ? RequestID.connection : try #require(RequestID(7))
      let bytes = try FrameEncoder().encode(Frame(kind: kind, id: id, json: "{}"))
      #expect(try FrameVerifier.decode(bytes, from: kind.sender).frames.map(\.kind) == [kind])
      let other: FrameSender = kind.sender == .parent ? .worker : .parent
      #expect(try FrameVerifier.decode(bytes, from: other).failure == .kind)
    }
    let result = Self.changed([6: 18, 15: 0])
    #expect(try FrameVerifier.decode(result, from: .worker).failure == .id)
    let readyWithID = Self.changed([6: 16])
    #expect(try FrameVerifier.decode(readyWithID, from: .worker).failure == .id)
    let lost = Self.changed([6: 19, 15: 0])
    #expect(try FrameVerifier.decode(lost, from: .worker).frames.map(\.id) == [.connection])
  }

  @Test func tellsWhereTheStreamWasCut() throws {
    for length in 0..<Self.ping.count {
      let outcome = try FrameVerifier.decode(Array(Self.ping.prefix(length)))
      #expect(outcome.failure == (length == 0 ? nil : .truncated), "after \(length) bytes")
      #expect(outcome.frames.isEmpty)
    }
  }

  @Test func failsAtTheFirstByteOfText() throws {
    var decoder = FrameDecoder(from: .parent)
    decoder.append(Array("h".utf8))
    #expect(throws: FrameError.self) { try decoder.next() }
    decoder.append(Self.ping)
    #expect(throws: FrameError.self) { try decoder.next() }
  }

  @Test(arguments: [
    (Array("hello\n".utf8), "68 65 6C 6C 6F 0A \"hello.\"", "looks like text"),
    (Array("{\"id\":1}".utf8), "\"{.id.:1}\"", "--json-lines"),
    ([0x21, 0, 0, 0, 0xFA, 1, 1, 0], "21 00 00 00 FA 01 01 00", "little-endian"),
  ])
  func quotesTheFirstBytes(bytes: [UInt8], quote: String, hint: String) throws {
    var decoder = FrameDecoder(from: .parent)
    decoder.append(bytes)
    let error = #expect(throws: FrameError.self) { try decoder.next() }
    let message = try #require(error).wireError.message
    #expect(message.contains(quote) || message.contains(quote.replacing(".", with: "\"")))
    #expect(message.contains(hint))
    #expect(error?.wireError.code == .badFrame)
  }

  @Test func skipsAnOversizedJSONAndStaysInStep() throws {
    let limits = Limits(maxJSON: 100)
    let id = try #require(RequestID(9))
    let large = Frame(
      kind: .request, id: id, json: ArraySlice(repeating: 0x20, count: 101), attachments: [1, 2, 3])
    let bytes = try FrameEncoder().encode(large)
    let outcome = try FrameVerifier.decode(Self.ping + bytes + Self.ping, limits: limits)
    #expect(outcome.failure == nil)
    #expect(outcome.frames.map(\.id.value) == [1, 9, 1])
    #expect(outcome.frames.map(\.skippedJSON) == [nil, 101, nil])

    var decoder = FrameDecoder(from: .parent, limits: limits)
    decoder.append(Array(bytes.prefix(20)))
    #expect(try decoder.next()?.skippedJSON == 101, "answered as soon as the header is there")
    decoder.append(Array(bytes[20..<100]))
    #expect(decoder.bufferedBytes == 0, "skipped bytes are not kept")
    #expect(try FrameVerifier.decode(Array(bytes.dropLast()), limits: limits).failure == .truncated)
  }

  @Test func refusesToEncodeWhatTheOtherSideRefuses() throws {
    let encoder = FrameEncoder(limits: Limits(maxFrame: 64, maxJSON: 32))
    let id = try #require(RequestID(1))
    func attempt(_ kind: FrameKind, _ id: RequestID, json: Int, attachments: Int) -> FrameError.Reason? {
      do throws(FrameError) {
        _ = try encoder.header(kind: kind, id: id, jsonLength: json, attachmentLength: attachments)
        return nil
      } catch { return error.reason }
    }
    #expect(attempt(.request, id, json: 32, attachments: 16) == nil)
    #expect(attempt(.request, id, json: 33, attachments: 0) == .jsonLength)
    #expect(attempt(.request, id, json: 32, attachments: 17) == .length)
    #expect(attempt(.request, id, json: 32, attachments: .max) == .length)
    #expect(attempt(.request, .connection, json: 2, attachments: 0) == .id)
    #expect(attempt(.ready, id, json: 2, attachments: 0) == .id)
    #expect(attempt(.error, .connection, json: 2, attachments: 0) == nil)
  }

  /// Random damage to a stream of frames never crashes, and never depends on how the stream is cut.
  @Test func survivesRandomDamage() throws {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<300 {
      var bytes = Self.ping + Self.ping + Self.ping
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      bytes.removeLast(Int.random(in: 0...20, using: &random))
      _ = try FrameVerifier.decode(bytes)
    }
  }

  /// 1 MiB a byte at a time, and 20,000 frames in one piece: both take well under a second when linear.
  @Test func takesLinearTime() throws {
    let clock = ContinuousClock()
    let id = try #require(RequestID(1))
    let large = try FrameEncoder().encode(
      Frame(kind: .request, id: id, json: "{}", attachments: Array(repeating: 7, count: 1_048_576)))
    var decoder = FrameDecoder(from: .parent)
    let byteByByte = clock.measure {
      large.withUnsafeBytes { bytes in
        for index in bytes.indices { decoder.append(UnsafeRawBufferPointer(rebasing: bytes[index...index])) }
      }
    }
    #expect(try decoder.next()?.attachments.count == 1_048_576)
    let stream = (0..<20_000).flatMap { _ in Self.ping }
    let start = clock.now
    decoder.append(stream)
    var count = 0
    while try decoder.next() != nil { count += 1 }
    let glued = clock.now - start
    #expect(count == 20_000)
    #expect(byteByByte < .seconds(60))
    #expect(glued < .seconds(60))
  }
}
