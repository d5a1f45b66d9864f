import Glibc
import Protocol
import TestSupport
import Testing

@testable import WorkerService

@Suite struct LineModeTests {
  /// Runs a session in text mode over everything in `text`; returns the lines it printed and its exit status.
  static func run(
    _ text: String, pieces: Int? = nil, _ change: (inout SessionConfiguration) -> Void = { _ in }
  ) throws -> (lines: [JSONValue], status: Int32) {
    let harness = try SessionHarness {
      $0.mode = .lines
      $0.executors = 1
      change(&$0)
    }
    harness.gate.open()
    let (input, output) = (harness.host.inputDescriptor, harness.host.outputDescriptor)
    let printed = Monitor<[UInt8]?>(nil)
    let reader = try ServiceThread("read") {
      var all: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while case let count = read(output, &buffer, buffer.count), count > 0 { all += buffer.prefix(count) }
      let bytes = all
      printed.update { $0 = bytes }
    }
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: pieces ?? bytes.count) {
      let part = bytes[start..<min(bytes.count, start + (pieces ?? bytes.count))]
      var rest = part
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
        guard count > 0 else { break }
        rest = rest.dropFirst(count)
      }
    }
    harness.host.closeInput()
    reader.join()
    let lines = (printed.read { $0 } ?? []).split(separator: 0x0A)
    return (try lines.map { try WireJSON.object($0, limits: Limits(maxJSON: 2_000_000)) }, try harness.status())
  }

  @Test(arguments: [nil, 1, 7])
  func answersLineByLine(pieces: Int?) throws {
    let text = """
      {"id":1,"method":"ping"}

      {"id":2,"method":"subjects.get","params":{"subject":"é\\u00e9"}}\r
         \t
      {"id":3,"method":"fly"}
      {"id":4,"method":"subjects.get","params":{"subject":7}}
      """
    let (lines, status) = try Self.run(text, pieces: pieces)
    #expect(status == 0)
    #expect(lines.count == 5)
    #expect(lines.first?["kind"] == "ready")
    #expect(lines.first?["id"] == 0)
    let byID = Dictionary(uniqueKeysWithValues: lines.compactMap { line in line["id"].map { ("\($0)", line) } })
    #expect(byID["integer(1)"]?["result"] == .object([:]))
    #expect(byID["integer(2)"]?["result"]?["subject"] == "éé")
    #expect(byID["integer(3)"]?["error"]?["code"] == "unknownMethod")
    #expect(byID["integer(4)"]?["error"]?["code"] == "badParams")
  }

  @Test(arguments: [
    ("hello", JSONValue.null, "badJSON"),
    (#"{"method":"ping"}"#, .null, "badParams"),
    (#"{"id":"one","method":"ping"}"#, .null, "badParams"),
    (#"{"id":0,"method":"ping"}"#, .null, "badParams"),
    (#"{"id":9007199254740992,"method":"ping"}"#, .null, "badParams"),
    (#"{"id":1.5,"method":"ping"}"#, .null, "badParams"),
    (#"{"method":"ping","id":12,}"#, 12, "badJSON"),
    (#"{"params":{"id":3},"id": 12 "#, 12, "badJSON"),
    (#"{"x":"\"id\":5","id":12,"#, 12, "badJSON"),
    (#"{"id":12"#, .null, "badJSON"),
    ("[1,2", .null, "badJSON"),
    (#"{"id""#, .null, "badJSON"),
    ("{\"id", .null, "badJSON"),
    ("{\"id\\", .null, "badJSON"),
  ])
  func answersUnreadableLinesAndGoesOn(line: String, id: JSONValue, code: String) throws {
    let (lines, status) = try Self.run(line + "\n" + #"{"id":99,"method":"ping"}"# + "\n")
    #expect(status == 0)
    #expect(lines.count == 3)
    #expect(lines[1]["id"] == id)
    #expect(lines[1]["kind"] == "error")
    #expect(lines[1]["error"]?["code"] == .string(code))
    #expect(lines[2]["id"] == 99)
  }

  @Test func skipsALineThatIsTooLong() throws {
    let long = #"{"id":5,"method":"ping","x":"\#(String(repeating: "x", count: 2_000_000))"}"#
    let (lines, status) = try Self.run(long + "\n" + #"{"id":6,"method":"ping"}"#)
    #expect(status == 0)
    #expect(lines.count == 3)
    #expect(lines[1]["id"] == 5)
    #expect(lines[1]["error"]?["code"] == "badJSON")
    #expect(lines[1]["error"]?["details"]?["size"] == .integer(Int64(long.utf8.count)))
    #expect(lines[2]["id"] == 6)
  }

  /// A thousand piped lines are all served, in order: text mode waits where frames are answered `busy`.
  @Test func waitsForRoomInsteadOfRefusing() throws {
    let text = (1...1_000).map { #"{"id":\#($0),"method":"subjects.get","params":{"subject":"s"}}"# }
    let (lines, status) = try Self.run(text.joined(separator: "\n")) { $0.limits.maxPending = 4 }
    #expect(status == 0)
    #expect(lines.dropFirst().map { $0["kind"] } == Array(repeating: "result", count: 1_000))
    #expect(lines.dropFirst().map { $0["id"] } == (1...1_000).map { .integer($0) })
  }

  @Test func cancels() throws {
    let text = """
      {"id":1,"method":"subjects.get","params":{"subject":"spin"}}
      {"id":2,"method":"subjects.get","params":{"subject":"x"}}
      {"id":2,"cancel":true}
      {"id":1,"cancel":true}
      {"id":77,"cancel":true}
      """
    let (lines, _) = try Self.run(text)
    let codes = lines.dropFirst().map { $0["error"]?["code"] }
    #expect(codes == ["cancelled", "cancelled"])
  }

  @Test func losesTheConnectionWhenAnIDIsUsedTwice() throws {
    let text = """
      {"id":1,"method":"subjects.get","params":{"subject":"spin"}}
      {"id":1,"method":"ping"}
      """
    let (lines, status) = try Self.run(text)
    #expect(status == 65)
    #expect(lines.dropFirst().map { $0["id"] } == [1, .null])
    #expect(lines.last?["error"]?["code"] == "badFrame")
  }
}
