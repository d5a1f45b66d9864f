import Foundation
import Images
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// `identify` with `annotate`: a picture in the media directory.
  @Suite struct AnnotationTests {
    @Test func writesAPicture() throws {
      let media = try Folder()
      let worker = try WorkerProcess(["--media", media.path + "/sub", "--media-url", "https://example.org/m/"])
      let photo = try Photos.small("obama.jpg", width: 500)
      let size = try Photos.smallImage("obama.jpg", width: 500)
      _ = try worker.host.call(
        1, Enroll.self, ["subject": "o", "name": "Barack Obama", "select": "largest"], images: photo)
      try worker.host.send(2, Identify.self, ["annotate": true], images: [photo])
      let answer = try worker.host.faces(2, Identify.self)
      #expect(answer.faces.first?.identity?.name == "Barack Obama")
      let picture = try #require(answer.media)
      #expect(picture.type == "image/jpeg")
      #expect(picture.url == "https://example.org/m/" + (picture.path as NSString).lastPathComponent)
      let bytes = try Photos.bytes(picture.path)
      #expect(bytes.count == picture.bytes)
      #expect(try HostileModelTests.digest(picture.path) == picture.sha256)
      func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      }
      #expect(try mode(picture.path) == 0o600)
      #expect(try mode(media.path + "/sub") == 0o700)

      // It decodes, has the photo's size, and differs from it where the box is drawn and hardly elsewhere.
      let drawn = try ImageDecoder.decode(bytes).image
      #expect(drawn.width == size.width && drawn.height == size.height)
      let original = try ImageDecoder.decode(photo).image
      let face = try #require(answer.faces.first)
      func difference(_ x: Int, _ y: Int) -> Int {
        (0..<3).reduce(0) { sum, channel in
          let index = (y * drawn.width + x) * 3 + channel
          return sum + abs(Int(drawn.pixels[index]) - Int(original.pixels[index]))
        }
      }
      let left = Int(face.box.x.rounded())
      let middle = Int(face.box.y + face.box.height / 2)
      #expect((max(0, left - 3)...(left + 3)).map { difference($0, middle) }.max() ?? 0 > 100, "the box's left edge")
      #expect(difference(3, drawn.height - 4) < 60)

      try worker.host.send(3, Identify.self, images: [photo])
      #expect(try worker.host.faces(3, Identify.self).media == nil)
      // A second picture has another name; a stranger's is drawn as well.
      try worker.host.send(4, Identify.self, ["annotate": true], images: [Photos.small("biden.jpg")])
      let stranger = try worker.host.faces(4, Identify.self)
      #expect(stranger.faces.first?.identity == nil)
      #expect(try #require(stranger.media).path != picture.path)
      #expect(try worker.finish() == .exit(0))
      let names = try FileManager.default.contentsOfDirectory(atPath: media.path + "/sub")
      #expect(names.filter { $0.hasSuffix(".part") } == [])
      #expect(names.filter { $0.hasSuffix(".jpg") }.count == 2)
    }

    /// A gallery in memory leaves nothing on the disk.
    @Test func temporaryPicturesGo() throws {
      let worker = try WorkerProcess()
      let photo = try Photos.small("obama.jpg")
      try worker.host.send(1, Identify.self, ["annotate": true], images: [photo])
      let picture = try #require(try worker.host.faces(1, Identify.self).media)
      #expect(Installation.exists(picture.path))
      #expect(try worker.finish() == .exit(0))
      #expect(!Installation.exists(picture.path))
      #expect(!Installation.exists((picture.path as NSString).deletingLastPathComponent))
    }

    @Test func manyImages() throws {
      let worker = try WorkerProcess()
      let photo = try Photos.small("obama.jpg", width: 200)
      try worker.host.send(1, Identify.self, ["annotate": true], images: [photo, [1, 2, 3], photo])
      _ = try worker.host.terminal(1)
      let events = try worker.host.imageEvents(1)
      #expect(events.map { $0.media != nil } == [true, false, true])
      #expect(events[0].media?.path != events[2].media?.path)
      #expect(try worker.finish() == .exit(0))
    }
  }
}
