import Foundation
import Protocol
import Testing

@testable import WorkerService

@Suite struct ActivationRecordTests {
  @Test func remembersTheWayBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/active-models.json"
    #expect(try ActivationRecord.read(path) == ActivationRecord())
    var record = ActivationRecord()
    record[.detector].activate("b", replacing: "a")
    record[.detector].activate("b", replacing: "b")
    record[.recognizer].activate("y", replacing: "x")
    try record.write(path)
    #expect(try ActivationRecord.read(path) == record)
    #expect(record.detector == ActivationRecord.Line(active: "b", previous: ["a"]))
    var info = stat()
    #expect(stat(path, &info) == 0 && info.st_mode & 0o777 == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["active-models.json"])
  }

  @Test func isBounded() {
    var record = ActivationRecord()
    for number in 0..<100 { record[.detector].activate("\(number + 1)", replacing: "\(number)") }
    #expect(record.detector.previous.count == ActivationRecord.bound)
    #expect(record.detector.previous.last == "99" && record.detector.active == "100")
  }

  /// Coming up with other models than those the gallery was made with would be worse than not coming up.
  @Test(arguments: ["", "{", "[]", #"{"detector":7}"#])
  func aDamagedRecordIsNotPassedOver(text: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/active-models.json"
    try Data(text.utf8).write(to: URL(filePath: path))
    let error = #expect(throws: WireError.self) { try ActivationRecord.read(path) }
    #expect(error?.code == .storageFailed && error?.message.contains(path) == true)
  }
}
