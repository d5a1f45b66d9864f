import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// `--json-lines`, as a shell script uses it.
  @Suite struct TextModeTests {
    @Test func transcript() throws {
      let folder = try Folder()
      for name in ["obama.jpg", "obama2.jpg", "biden.jpg"] { try folder.write(Photos.small(name), name) }
      func attachment(_ name: String) -> String { #""attachments":[{"path":"\#(folder.path)/\#(name)"}]"# }
      let text = """
        {"id":1,"method":"ping"}
        {"id":2,"method":"enroll","params":{"subject":"obama","name":"Barack Obama"},\(attachment("obama.jpg"))}
        {"id":3,"method":"enroll","params":{"subject":"biden"},\(attachment("biden.jpg"))}

        {"id":4,"method":"identify","params":{"topK":1},\(attachment("obama2.jpg"))}
        not json
        {"id":5,"method":"identify","attachments":[{"path":"/etc/hostname"}]}
        {"id":6,"method":"fly"}
        {"id":7,"method":"subjects.list"}
        {"id":8,"method":"detect","attachments":[{"path":"\(folder.path)/obama.jpg"},{"path":"\(folder.path)/none.jpg"}]}
        {"id":9,"method":"subjects.remove","params":{"subject":"obama"}}
        {"id":10,"method":"identify",\(attachment("obama2.jpg"))}
        """
      let (lines, end) = try TextRun.run(text, ["--allow-path", folder.path])
      #expect(end == .exit(0))
      #expect(lines.first?["kind"] == "ready")
      func answer(_ id: Int64) -> JSONValue? { lines.last { $0["id"] == .integer(id) } }
      func face(_ id: Int64) -> JSONValue? {
        guard case .array(let faces)? = answer(id)?["result"]?["faces"] else { return nil }
        return faces.first
      }
      #expect(answer(1)?["result"] == .object([:]))
      #expect(answer(2)?["result"]?["added"] == 1)
      #expect(answer(3)?["result"]?["subject"] == "biden")
      #expect(face(4)?["identity"]?["subject"] == "obama")
      #expect(face(4)?["identity"]?["name"] == "Barack Obama")
      #expect(lines.contains { $0["id"] == .null && $0["error"]?["code"] == "badJSON" })
      #expect(answer(5)?["error"]?["code"] == "pathNotAllowed")
      #expect(answer(6)?["error"]?["code"] == "unknownMethod")
      #expect(answer(7)?["result"]?["total"] == 2)
      #expect(answer(8)?["result"]?["failed"] == 1)
      #expect(lines.filter { $0["id"] == 8 && $0["kind"] == "event" }.count == 2)
      #expect(answer(9)?["result"]?["templates"] == 1)
      #expect(face(10)?["identity"] == .null)
      let work = lines.dropFirst().compactMap { line -> Int64? in
        guard case .integer(let id)? = line["id"], [2, 3, 4, 7, 9, 10].contains(id) else { return nil }
        return id
      }
      #expect(work == [2, 3, 4, 7, 9, 10], "requests run in the order of the lines")
    }

    /// More lines than the queue holds wait for their turn instead of being refused.
    @Test func aLongFile() throws {
      let folder = try Folder()
      let path = try folder.write(Photos.small("biden.jpg", width: 120), "photo.jpg")
      let lines = (1...400).map { #"{"id":\#($0),"method":"detect","attachments":[{"path":"\#(path)"}]}"# }
      let (answers, end) = try TextRun.run(lines.joined(separator: "\n"), ["--allow-path", folder.path])
      #expect(end == .exit(0))
      #expect(answers.dropFirst().map { $0["id"] } == (1...400).map { .integer($0) })
      #expect(answers.dropFirst().allSatisfy { $0["kind"] == "result" })
    }
  }
}
