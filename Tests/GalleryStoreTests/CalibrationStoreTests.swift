import Testing

@testable import GalleryStore

@Suite struct CalibrationStoreTests {
  private func set(_ gallery: SQLiteGallery, _ record: String, _ model: ModelIdentity) throws -> Int {
    try gallery.write { transaction in
      try transaction.setCalibration(record, model: model)
      return (0, [])
    }.generation
  }

  @Test func isBoundToItsModelAndSeenByOthers() throws {
    let folder = try TemporaryFolder()
    let first = try SQLiteGallery(path: folder.gallery)
    let second = try SQLiteGallery(path: folder.gallery)
    let (a, b) = (model(letter: "a"), model(letter: "b"))
    #expect(try second.calibration(of: a) == nil)
    #expect(try set(first, #"{"x":1}"#, a) == 1)
    #expect(try second.calibration(of: a) == #"{"x":1}"#)
    #expect(try second.calibration(of: b) == nil)
    #expect(try set(second, #"{"x":2}"#, a) == 2)
    #expect(try first.calibration(of: a) == #"{"x":2}"#)
    let removed = try first.write { (try $0.removeCalibration(model: a), []) }
    #expect(removed.result == true)
    #expect(try second.calibration(of: a) == nil)
    #expect(try first.write { (try $0.removeCalibration(model: a), []) }.result == false)
  }

  @Test func survivesRemovalsAndReopening() throws {
    let folder = try TemporaryFolder()
    do {
      let gallery = try SQLiteGallery(path: folder.gallery)
      try gallery.enroll("anna", [[1, 0, 0, 0, 0, 0, 0, 0]], model: model())
      _ = try set(gallery, "{}", model())
      try gallery.remove("anna")
    }
    #expect(try SQLiteGallery(path: folder.gallery).calibration(of: model()) == "{}")
  }

  @Test(arguments: ["", "[1]", "{", "7", "{\"a\": \"" + String(repeating: "x", count: 70_000) + "\"}"])
  func onlyAnObjectIsTaken(_ text: String) throws {
    let gallery = try SQLiteGallery(path: nil)
    expectError(.badValue) { try set(gallery, text, model()) }
    #expect(try gallery.generation() == 0)
  }
}
