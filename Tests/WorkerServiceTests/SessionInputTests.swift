import Glibc
import Protocol
import Telemetry
import TestSupport
import Testing

@testable import WorkerService

@Suite struct SessionInputTests {
  @Test func readsAttachmentsFromAllowedFiles() throws {
    let folder = try TemporaryFolder()
    let image = folder.file("a.bin", [9, 8, 7])
    let harness = try SessionHarness { $0.paths = (try? PathPolicy(roots: [folder.path])) ?? .none }
    try harness.host.request(1, "detect", descriptors: [.init(path: image)])
    let size = ImageSize(width: 3, height: 9)
    #expect(try harness.host.reply(1, Detect.self).result == .one(ImageFaces(image: size, faces: [])))
    try harness.host.request(2, "detect", descriptors: [.init(type: "image/x-gray", path: image, width: 3, height: 1)])
    _ = try harness.host.reply(2, Detect.self)
    try harness.host.request(3, "detect", descriptors: [.init(type: "image/x-gray", path: image, width: 2, height: 2)])
    #expect(try harness.host.error(3).code == .badParams)
    try harness.host.request(4, "detect", descriptors: [.init(path: folder.path + "/missing")])
    #expect(try harness.host.error(4).code == .badParams)
    try harness.host.request(5, "detect", descriptors: [.init(path: "/etc/hostname")])
    #expect(try harness.host.error(5).code == .pathNotAllowed)
  }

  @Test func mirrorsBothDirections() throws {
    let folder = try TemporaryFolder()
    let (input, output) = (folder.file("in"), folder.file("out"))
    let harness = try SessionHarness {
      $0.mirrorInput = input
      $0.mirrorOutput = output
    }
    let sent = try harness.host.bytes(1, "ping") + harness.host.bytes(2, "fly")
    try harness.host.send(sent)
    harness.host.closeInput()
    try harness.host.readToEnd()
    #expect(try harness.status() == 0)
    #expect(TemporaryFolder.contents(input) == sent)
    let mirrored = try FrameVerifier.decode(TemporaryFolder.contents(output), from: .worker)
    #expect(mirrored.frames == harness.host.frames)
    var info = stat()
    #expect(stat(input, &info) == 0 && info.st_mode & 0o777 == 0o600)
  }

  /// Damaged streams end in 0 or 65, never in a crash or a hang, and never in two answers to one id.
  @Test func survivesDamagedStreams() throws {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<60 {
      let harness = try SessionHarness()
      var bytes: [UInt8] = []
      for id in 1...5 as ClosedRange<UInt64> {
        bytes += try harness.host.bytes(id, "subjects.get", ["subject": "x"], deadlineMs: 1_000, key: "k")
        bytes += try harness.host.bytes(
          id + 10, "detect", descriptors: [.init(type: "image/x-gray", length: 4, width: 2, height: 2)],
          attachments: [1, 2, 3, 4])
      }
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      try harness.host.send(bytes)
      harness.host.closeInput()
      try harness.host.readToEnd()
      #expect([0, 65].contains(try harness.status()))
      #expect(harness.host.terminals.values.allSatisfy { $0 == 1 })
    }
  }

  /// What a request holds is let go of with its answer.
  @Test func keepsNoAttachmentOfAnsweredRequests() throws {
    let harness = try SessionHarness()
    let image = [UInt8](repeating: 1, count: 8_000_000)
    for id in 1...3 as ClosedRange<UInt64> {
      try harness.host.request(id, "detect", attachments: image)
      _ = try harness.host.reply(id, Detect.self)
    }
    let before = (ProcessFacts.residentBytes() ?? 0)
    for id in 4...30 as ClosedRange<UInt64> {
      try harness.host.request(id, "detect", attachments: image)
      _ = try harness.host.reply(id, Detect.self)
    }
    #expect((ProcessFacts.residentBytes() ?? 0) < before + 100_000_000, "27 images of 8 MB would be 216 MB")
  }
}
