import Foundation
import Testing

/// README.md shows what the program does: its options, and messages that decode.
@Suite struct ReadmeTests {
  static let document = ProtocolDocument("README.md")
  static let jsonBlocks = document.blocks.filter { $0.language == "json" }

  @Test func isThere() {
    #expect(Self.document.lines.count > 100)
    #expect(Self.jsonBlocks.count >= 2)
  }

  @Test(arguments: jsonBlocks)
  func everyJSONBlockIsWhatItSays(block: ProtocolDocument.Block) throws {
    try ProtocolDocumentTests.check(block)
  }

  @Test func theCommandLineIsWhatHelpPrints() throws {
    let shown = try #require(Self.document.blocks.first { $0.language == "text" && $0.words == ["help"] })
    guard let program = Self.program else {
      print("skipped: face-worker was not built; FACE_WORKER names it")
      return
    }
    let process = Process()
    let output = Pipe()
    process.executableURL = program
    process.arguments = ["--help"]
    process.standardOutput = output
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(shown.text == String(decoding: printed, as: UTF8.self))
  }

  @Test func everyLinkedFileIsThere() throws {
    let text = Self.document.lines.joined(separator: "\n")
    for match in text.matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
      let path = String(match.1)
      #expect(FileManager.default.fileExists(atPath: Self.root.appending(path: path).path()), "\(path)")
    }
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The program: the one named, else the one built with these tests, else the released one.
  private static var program: URL? {
    var candidates: [URL] = []
    if let path = ProcessInfo.processInfo.environment["FACE_WORKER"] { candidates.append(URL(filePath: path)) }
    if let tests = CommandLine.arguments.first {
      candidates.append(URL(filePath: tests).deletingLastPathComponent().appending(path: "face-worker"))
    }
    candidates.append(root.appending(path: ".build/release/face-worker"))
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path()) }
  }
}
