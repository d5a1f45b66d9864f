import Foundation
import Glibc
import Synchronization
import Testing

@testable import WorkerService

/// What is given up is given up by a thread and what it starts: each test gives up a thread of its own.
@Suite struct IsolationTests {
  /// What a thread saw after it was isolated.
  private struct Seen: Sendable {
    var losses: [Isolation.Loss] = []
    var socket: Int32 = 0
    var outside: Int32 = 0
    var inside: Int32 = 0
    var written: Int32 = 0
    var writtenReadable: Int32 = 0
    var child: Int32 = -1
  }

  /// `errno` of opening a file; 0 when it can be opened.
  private static func open(_ path: String, _ flags: Int32 = O_RDONLY) -> Int32 {
    let number = Glibc.open(path, flags, 0o600)
    guard number >= 0 else { return errno }
    close(number)
    return 0
  }

  private static func socket() -> Int32 {
    let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard number >= 0 else { return errno }
    close(number)
    return 0
  }

  @Test func socketsAndForeignFilesAreRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "isolation-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["own", "readable", "foreign"] {
      try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
      try "text".write(toFile: folder + "/\(name)/file", atomically: false, encoding: .utf8)
    }
    #expect(Self.open(folder + "/foreign/file") == 0)
    #expect(Self.socket() == 0)

    let isolation = Isolation(readable: [folder + "/readable"], writable: [folder + "/own"], models: [])
    let seen = Mutex(Seen())
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      var now = Seen()
      now.losses = isolation.enter()
      now.socket = Self.socket()
      now.outside = Self.open(folder + "/foreign/file")
      now.inside = Self.open(folder + "/readable/file")
      now.written = Self.open(folder + "/own/new", O_WRONLY | O_CREAT)
      now.writtenReadable = Self.open(folder + "/readable/new", O_WRONLY | O_CREAT)
      // What it starts is no freer.
      now.child = Int32(Self.status(of: ["/bin/cat", folder + "/foreign/file"]))
      seen.withLock { $0 = now }
      done.signal()
    }
    thread.start()
    done.wait()
    let now = seen.withLock { $0 }
    if now.losses.contains(.network) { #expect(now.socket == EACCES) } else { print("this kernel has no seccomp") }
    guard now.losses.contains(.files) else {
      print("this kernel has no Landlock")
      return
    }
    #expect(now.outside == EACCES)
    #expect(now.inside == 0)
    #expect(now.written == 0)
    #expect(now.writtenReadable == EACCES)
    #expect(now.child != 0)
    // This thread has lost nothing.
    #expect(Self.open(folder + "/foreign/file") == 0)
  }

  private static func status(of command: [String]) -> Int {
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    guard posix_spawn(&pid, command[0], nil, nil, &arguments, environ) == 0 else { return -1 }
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return Int(status >> 8 & 0xFF)
  }

  @Test func programAndLibrariesCanBeRunAgain() throws {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let code = Isolation(readable: [], writable: [], models: []).places.filter(\.isExecutable).map(\.path)
    #expect(code.contains((program as NSString).deletingLastPathComponent))
    #expect(code.contains { FileManager.default.fileExists(atPath: $0 + "/libc.so.6") })
  }

  @Test func linkedModelsStayReadable() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "isolation-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let real = folder + "/elsewhere/mtcnn"
    try FileManager.default.createDirectory(atPath: real, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: folder + "/models", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: folder + "/models/mtcnn", withDestinationPath: real)
    let places = Isolation(readable: [], writable: [], models: [folder + "/models"]).places.map(\.path)
    #expect(places.contains { $0.hasSuffix("/elsewhere/mtcnn") })
  }
}
