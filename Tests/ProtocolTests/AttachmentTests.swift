import Protocol
import Testing

@Suite struct AttachmentTests {
  static func cut(
    _ count: Int, _ descriptors: [AttachmentDescriptor]?, limits: Limits = .standard
  ) throws(WireError) -> [RequestAttachment] {
    try RequestAttachment.cut(
      ArraySlice((0..<count).map { UInt8(truncatingIfNeeded: $0) }), by: descriptors, limits: limits)
  }

  @Test func namesASingleAttachmentImage() throws {
    #expect(try Self.cut(0, nil).isEmpty)
    let one = try Self.cut(5, nil)
    #expect(one == [RequestAttachment(name: "image", content: .bytes([0, 1, 2, 3, 4]))])
  }

  @Test func cutsInOrder() throws {
    let parts = try Self.cut(
      5, [.init(name: "a", length: 2), .init(name: "p", path: "x.jpg"), .init(name: "b", length: 3)])
    #expect(parts.map(\.name) == ["a", "p", "b"])
    #expect(parts.map(\.content) == [.bytes([0, 1]), .file("x.jpg"), .bytes([2, 3, 4])])
    #expect(try Self.cut(0, [.init(length: 0)]).map(\.content) == [.bytes([])])
  }

  @Test(
    arguments: [
      (5, [.init(length: 4)], "sum to 4, but the frame carries 5"),
      (5, [.init(length: 6)], "attachments[0].length is 6"),
      (5, [.init(length: 3), .init(length: 3)], "attachments[1].length is 3"),
      (5, [.init(length: -1)], "attachments[0].length is -1"),
      (5, [.init(length: .max), .init(length: .max)], "attachments[0].length is"),
      (5, [.init(length: 5, path: "x")], "both length and path"),
      (5, [.init()], "needs a length, or a path"),
      (5, [.init(path: "x")], "sum to 0, but the frame carries 5"),
      (5, [], "sum to 0, but the frame carries 5"),
      (6, [.init(type: "image/x-rgb", length: 6)], "needs a width and a height"),
      (6, [.init(type: "image/x-rgb", length: 6, width: 0, height: 1)], "needs a width and a height"),
      (6, [.init(type: "image/x-rgb", length: 6, width: 3, height: 1)], "have 9"),
      (6, [.init(type: "image/x-rgb", length: 6, width: 2, height: 1, stride: 5)], "stride is 5"),
      (6, [.init(type: "image/x-gray", length: 6, width: 2, height: 2, stride: 2)], "have 4"),
      (6, [.init(type: "image/x-gray", length: 6, width: 2, height: 3, stride: .max)], "stride is"),
      (6, [.init(type: "image/x-gray", length: 6, width: 2, height: 3, stride: -2)], "stride is -2"),
    ] as [(Int, [AttachmentDescriptor], String)])
  func refusesContradictions(count: Int, descriptors: [AttachmentDescriptor], message: String) {
    let error = #expect(throws: WireError.self) { try Self.cut(count, descriptors) }
    #expect(error?.code == .badParams)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func readsRawPixels() throws {
    let rgb = try Self.cut(6, [.init(type: "image/x-rgb", length: 6, width: 2, height: 1)])[0]
    #expect(rgb.pixels?.channels == 3)
    #expect(rgb.pixels?.stride == 6)
    let padded = try Self.cut(6, [.init(type: "image/x-gray", length: 6, width: 2, height: 2, stride: 4)])[0]
    #expect(padded.pixels?.requiredLength == 6, "the last row's padding may be left out")
    let error = #expect(throws: WireError.self) {
      try Self.cut(1, [.init(type: "image/x-rgb", length: 1, width: 60_000, height: 60_000)])
    }
    #expect(error?.code == .imageTooLarge)
    let huge = #expect(throws: WireError.self) {
      try Self.cut(1, [.init(type: "image/x-rgb", length: 1, width: .max, height: .max)])
    }
    #expect(huge?.code == .imageTooLarge)
  }

  @Test func boundsTheirNumber() {
    #expect(throws: WireError.self) {
      try Self.cut(0, Array(repeating: .init(length: 0), count: 3), limits: Limits(maxAttachments: 2))
    }
  }

  @Test func followsTheRuleOfTheMethod() throws {
    let image = RequestAttachment(name: "image", content: .bytes([1]))
    let a = RequestAttachment(name: "a", content: .bytes([1]))
    let b = RequestAttachment(name: "b", content: .bytes([1]))
    try Ping.attachments.check([], method: "ping")
    #expect(throws: WireError.self) { try Ping.attachments.check([image], method: "ping") }
    try Detect.attachments.check([image, a], method: "detect")
    #expect(throws: WireError.self) { try Detect.attachments.check([], method: "detect") }
    try Verify.attachments.check([b, a], method: "verify")
    for wrong in [[], [a], [a, a], [a, b, b], [image, b]] {
      let error = #expect(throws: WireError.self) { try Verify.attachments.check(wrong, method: "verify") }
      #expect(error?.message == "verify needs the attachments a and b, one each.")
    }
  }

  @Test(
    arguments: [
      ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"), ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "image/png"),
      (Array("GIF89a".utf8), "image/gif"), (Array("RIFF....WEBPVP8 ".utf8), "image/webp"),
      (Array("BM6".utf8), "image/bmp"),
      ([0x49, 0x49, 0x2A, 0x00], "image/tiff"), ([0x4D, 0x4D, 0x00, 0x2A], "image/tiff"),
      (Array("....ftypheic".utf8), "image/heic"), (Array("....ftypavif".utf8), "image/avif"),
      ([], "application/octet-stream"), ([0xFF], "application/octet-stream"),
      (Array("RIFF".utf8), "application/octet-stream"),
    ] as [([UInt8], String)])
  func sniffs(bytes: [UInt8], type: String) {
    #expect(MediaType.sniff(bytes[...]) == type)
  }
}
