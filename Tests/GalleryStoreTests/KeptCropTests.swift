import Foundation
import Testing

@testable import GalleryStore

@Suite struct KeptCropTests {
  static let geometry = CropGeometry(
    landmarks: [84, 98.5, 140, 98.25, 112, 130, 89, 163, 135, 163], box: [40.5, 30, 150, 180.25])

  private func enroll(_ gallery: SQLiteGallery, _ crop: KeptCrop?) throws {
    _ = try gallery.write { transaction in
      let template = NewTemplate(embedding: [1, 0, 0, 0, 0, 0, 0, 0], quality: 1, source: source(1), crop: crop)
      return (try transaction.enroll(Enrollment(subject: "anna", model: model(), templates: [template])), [])
    }
  }

  @Test func geometryIsKeptBesideTheCrop() throws {
    let folder = try TemporaryFolder()
    let crop = KeptCrop(image: [1, 2, 3], geometry: Self.geometry)
    do { try enroll(SQLiteGallery(path: folder.gallery), crop) }
    let gallery = try SQLiteGallery(path: folder.gallery)
    #expect(try gallery.keptCrop(ofTemplate: 1) == crop)
    #expect(try gallery.crop(ofTemplate: 1) == [1, 2, 3])
    #expect(try gallery.keptCrop(ofTemplate: 2) == nil)
    #expect(try gallery.integrityCheck() == [])
  }

  @Test func onlyFourteenFiniteNumbersAreAGeometry() {
    #expect(Self.geometry != nil)
    #expect(CropGeometry(landmarks: [1], box: [1, 2, 3, 4]) == nil)
    #expect(CropGeometry(landmarks: Array(repeating: 1, count: 10), box: [1, 2, 3, .nan]) == nil)
    #expect(CropGeometry(landmarks: Array(repeating: .infinity, count: 10), box: [1, 2, 3, 4]) == nil)
  }

  @Test func damagedGeometryIsReportedAndReadAsNone() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try enroll(gallery, KeptCrop(image: [1], geometry: Self.geometry))
    let connection = try SQLiteConnection(path: folder.gallery, readOnly: false, busyTimeoutMilliseconds: 1000)
    try connection.execute(script: "UPDATE crops SET geometry = x'00FF'; UPDATE meta SET generation = generation + 1")
    #expect(try gallery.keptCrop(ofTemplate: 1) == KeptCrop(image: [1], geometry: nil))
    #expect(try gallery.integrityCheck().count == 1)
  }
}
