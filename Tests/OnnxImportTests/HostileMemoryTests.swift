import Foundation
import Glibc
import Testing

@testable import OnnxImport

/// What a hostile file costs: measured on a process of its own, so that the peak is that file's.
@Suite(.serialized, .enabled(if: OnnxRun.isBuilt, "needs the program onnx-run beside the tests"))
struct HostileMemoryTests {
  @Test func hostileFilesTakeLittleMemory() throws {
    let sound = try OnnxRun.measure(HostileFile.sound)
    #expect(sound.status == 0)
    for file in HostileFile.all {
      let run = try OnnxRun.measure(file.bytes)
      #expect(run.status == 65, "\(file.name): ended with \(run.status)")
      let extra = run.peakBytes - sound.peakBytes - file.bytes.count
      #expect(extra <= 64 << 20, "\(file.name): \(extra >> 20) MiB over the file's size")
    }
  }
}

/// The program `onnx-run`, run on a file's bytes with an input of 1 x 3 x 16 x 16.
enum OnnxRun {
  static let path: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("onnx-run").path
  }()

  static var isBuilt: Bool { FileManager.default.isExecutableFile(atPath: path) }

  /// The exit status (the signal's number negated when there was one) and the peak of resident memory.
  static func measure(_ bytes: [UInt8]) throws -> (status: Int, peakBytes: Int) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("network.onnx")
    let input = folder.appendingPathComponent("x.f32")
    try Data(bytes).write(to: file)
    try Data(count: 3 * 16 * 16 * 4).write(to: input)

    let peak = folder.appendingPathComponent("peak")
    let words: [String] = [path, "--peak", peak.path, file.path, "--input", "x=1x3x16x16:" + input.path]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var process = pid_t()
    try #require(posix_spawn(&process, path, &actions, nil, &arguments, environ) == 0)
    var status = Int32(0)
    while waitpid(process, &status, 0) < 0 { try #require(errno == EINTR) }
    let signal = status & 0x7F
    guard signal == 0 else { return (-Int(signal), 0) }
    let kibibytes = try #require(Int(String(contentsOf: peak, encoding: .utf8)))
    return (Int(status >> 8) & 0xFF, kibibytes << 10)
  }
}
