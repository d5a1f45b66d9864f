import Foundation
import Images
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Evaluations on folders of photos, in the real worker.
  @Suite struct EvaluateTests {
    /// Three people with photos, one of them with a photo of nothing, one that is no photo, and a list of pairs.
    private static func data() throws -> Folder {
      let data = try Folder()
      for (name, photo) in [
        ("images/obama/obama_0001", "obama"), ("images/obama/obama_0002", "obama2"),
        ("images/obama/obama_0003", "obama3"),
        ("images/biden/biden_0001", "biden"), ("images/hopper/hopper_0001", "grace_hopper"),
      ] { try data.write(Photos.small(photo + ".jpg", width: 260), name + ".jpg") }
      let nothing = Image(width: 90, height: 70, pixels: [UInt8](repeating: 128, count: 90 * 70 * 3))
      try data.write(ImageEncoder.png(nothing), "images/biden/biden_0002.png")
      try data.write(Array("not a photo".utf8), "images/biden/biden_0003.jpg")
      let pairs = """
        obama\t1\t2
        obama\t2\t3
        biden\t1\t2
        biden\t1\t3
        obama\t1\tbiden\t1
        obama\t2\thopper\t1
        biden\t1\thopper\t1
        biden\t1\tnobody\t7

        """
      try data.write(Array(pairs.utf8), "pairs.txt")
      return data
    }

    private static func contents(_ media: Media) throws -> String {
      #expect(FileManager.default.fileExists(atPath: media.path))
      let bytes = try Photos.bytes(media.path)
      #expect(bytes.count == media.bytes)
      return String(decoding: bytes, as: UTF8.self)
    }

    @Test func verification() throws {
      let data = try Self.data()
      let worker = try WorkerProcess(["--allow-path", data.path])
      try worker.host.send(
        1, EvaluateVerification.self,
        ["pairs": .string(data.path + "/pairs.txt"), "images": .string(data.path + "/images"), "resamples": 100],
        images: [])
      let reply = try worker.host.reply(1, EvaluateVerification.self)
      let result = reply.result
      #expect(result.genuine == 4 && result.impostor == 4 && result.unusable == 3)
      #expect(result.photos.photos == 8 && result.photos.failed == 3)
      #expect(result.photos.reasons == ["noFace": 1, "imageUndecodable": 1, "badParams": 1])
      #expect(
        result.photos.failures.map(\.path).sorted() == [
          "biden/biden_0002.png", "biden/biden_0003.jpg", "nobody/nobody_0007.jpg",
        ])
      // Pairs of one person that can be compared match, those of two do not; those that cannot be compared do not either.
      #expect(result.accuracy?.best == 0.75 && result.people == 4)
      #expect(result.atThreshold?.fnmr.value == 0.5 && result.atThreshold?.fmr.value == 0)
      #expect(result.model.id == "dlib-resnet-v1" && result.model.sha256.count == 64)
      let html = try Self.contents(result.media.html)
      #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("<svg") && !html.contains("<script"))
      let csv = try Self.contents(result.media.csv).split(separator: "\r\n")
      #expect(csv.count == 9 && csv[0] == "a,b,same,score,match")
      #expect(csv[3] == "biden/biden_0001,biden/biden_0002,1,,0")
      let json = try WireJSON.object(ArraySlice(try Self.contents(result.media.json).utf8))
      #expect(json["genuine"] == 4 && json["measures"]?["impostor"] == 4)
      // The jobs' events come first, and nothing of the data is in the log.
      let events = try worker.host.frames.filter { $0.kind == .event && $0.id.value == 1 }
        .map { try WireJSON.decode(ProgressEvent.self, from: $0.json) }
      #expect(
        events.first?.done == 0 && events.last?.done == 8 && events.allSatisfy { $0.total == 8 && $0.stage == "embed" })
      #expect(try worker.finish() == .exit(0))
      #expect(!worker.log.contains("obama") && !worker.log.contains(data.path))
    }

    @Test func identification() throws {
      let data = try Self.data()
      let (store, media) = (try Folder(), try Folder())
      let worker = try WorkerProcess(["--allow-path", data.path, "--media", media.path], data: store.path)
      _ = try worker.host.call(1, Enroll.self, ["subject": "obama"], images: try Photos.small("obama.jpg"))
      let before = try worker.host.call(2, Status.self)
      let images = JSONValue.string(data.path + "/images")
      let result = try worker.host.call(
        3, EvaluateIdentification.self,
        [
          "enroll": images, "probes": images, "strangers": images, "enrollPhotos": 1, "resamples": 50,
        ]
      ).result
      #expect(result.people == 3 && result.enrolled == 3 && result.probes == 4 && result.strangers == 0)
      #expect(result.leftOut == 7 && result.photos.failed == 2)
      #expect(result.rules.map(\.rule) == [.gallery, .classifier, .seed, .hybrid])
      #expect(result.rules.allSatisfy { $0.skipped == nil && $0.rank1 != nil })
      #expect(result.rules[3].rank1?.value == 0.5)
      let rule = try #require(result.rules.first)
      // Two of four probes show a face, and both the right one.
      #expect(rule.rank1?.value == 0.5 && rule.decisions?.wrong.value == 0 && rule.confusions.isEmpty)
      #expect(rule.eer == nil && rule.decisions?.strangersNamed == nil)
      let csv = try Self.contents(result.media.csv)
      #expect(csv.contains("obama/obama_0002.jpg,obama,gallery,obama,"))
      // The gallery is as it was.
      let after = try worker.host.call(4, Status.self)
      #expect(after.result.gallery == before.result.gallery && after.generation == before.generation)
      // A folder has the name of a subject: erasing it erases the report.
      _ = try worker.host.call(5, SubjectsRemove.self, ["subject": "obama"])
      for file in [result.media.html, result.media.json, result.media.csv] {
        #expect(!FileManager.default.fileExists(atPath: file.path))
      }
      #expect(try worker.finish() == .exit(0))
      #expect(!worker.log.contains("hopper"))
    }

    @Test func strangersAndGroups() throws {
      let data = try Self.data()
      try FileManager.default.createDirectory(atPath: data.path + "/people", withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: data.path + "/images/obama", toPath: data.path + "/people/obama")
      let worker = try WorkerProcess(["--allow-path", data.path])
      let result = try worker.host.call(
        1, EvaluateIdentification.self,
        [
          "enroll": .string(data.path + "/people"), "enrollPhotos": 1, "strangers": .string(data.path + "/images"),
          "rules": ["gallery", "classifier"], "resamples": 0,
        ]
      ).result
      #expect(result.probes == 2 && result.strangers == 4)
      #expect(result.rules[0].decisions?.right.value == 1 && result.rules[0].decisions?.strangersNamed?.value == 0)
      #expect(result.rules[0].eer?.value == 0)
      // One person makes no classifier.
      #expect(result.rules[1].skipped != nil && result.rules[1].rank1 == nil)
      try FileManager.default.moveItem(atPath: data.path + "/people/obama", toPath: data.path + "/images/obama")
      try data.write(Array("path,group\nobama,men\nbiden,men\nhopper,women\n".utf8), "groups.csv")
      let grouped = try worker.host.call(
        2, EvaluateVerification.self,
        [
          "pairs": .string(data.path + "/pairs.txt"), "images": .string(data.path + "/images"),
          "groups": .string(data.path + "/groups.csv"), "resamples": 0,
        ]
      ).result
      #expect(grouped.groups?.map(\.group) == ["men"] && grouped.groups?.first?.genuine == 4)
      #expect(grouped.groups?.first?.impostor == 1)
      #expect(try worker.finish() == .exit(0))
    }

    @Test func refusesPathsOutside() throws {
      let (data, other) = (try Self.data(), try Folder())
      let worker = try WorkerProcess(["--allow-path", data.path])
      try other.write(Array("a.jpg b.jpg 1\n".utf8), "pairs.txt")
      let images = JSONValue.string(data.path + "/images")
      for (id, params) in [
        ["pairs": .string(other.path + "/pairs.txt"), "images": images],
        ["pairs": .string(data.path + "/pairs.txt"), "images": .string(other.path)],
        ["pairs": .string(data.path + "/pairs.txt"), "images": .string(data.path + "/..")],
      ].enumerated() as EnumeratedSequence<[[String: JSONValue]]> {
        try worker.host.send(UInt64(id + 1), EvaluateVerification.self, .object(params), images: [])
        #expect(try worker.host.error(UInt64(id + 1)).code == .pathNotAllowed)
      }
      try worker.host.send(10, EvaluateIdentification.self, ["enroll": .string(other.path)], images: [])
      #expect(try worker.host.error(10).code == .pathNotAllowed)
      try data.write(Array("what is this\n".utf8), "bad.txt")
      try worker.host.send(
        11, EvaluateVerification.self, ["pairs": .string(data.path + "/bad.txt"), "images": images], images: [])
      let error = try worker.host.error(11)
      #expect(error.code == .badParams && !error.message.contains("what"))
      // A photo that leads outside is a failure of that photo.
      try FileManager.default.createSymbolicLink(
        atPath: data.path + "/images/out.jpg", withDestinationPath: Installation.samples + "/obama.jpg")
      try data.write(Array("out.jpg obama/obama_0001.jpg 1\n".utf8), "one.txt")
      let result = try worker.host.call(
        12, EvaluateVerification.self, ["pairs": .string(data.path + "/one.txt"), "images": images]
      ).result
      #expect(result.photos.reasons == ["pathNotAllowed": 1] && result.unusable == 1 && result.eer == nil)
      #expect(try worker.finish() == .exit(0))
    }

    @Test func canBeCancelled() throws {
      let data = try Self.data()
      let line = (0..<500).map { "a/\($0).jpg b/\($0).jpg 1\n" }.joined()
      try data.write(Array(line.utf8), "many.txt")
      for folder in ["a", "b"] {
        for index in 0..<500 {
          let path = data.path + "/images/\(folder)/\(index).jpg"
          try FileManager.default.createDirectory(
            atPath: data.path + "/images/\(folder)", withIntermediateDirectories: true)
          try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: data.path + "/images/obama/obama_0001.jpg")
        }
      }
      let worker = try WorkerProcess(["--allow-path", data.path])
      try worker.host.send(
        1, EvaluateVerification.self,
        ["pairs": .string(data.path + "/many.txt"), "images": .string(data.path + "/images")], images: [])
      while try worker.host.next()?.kind != .event {}
      // Requests are served meanwhile.
      #expect(try worker.host.call(2, Detect.self, images: Photos.small("biden.jpg")).result != nil)
      try worker.host.cancel(1)
      #expect(try worker.host.error(1).code == .cancelled)
      #expect(try worker.finish() == .exit(0))
    }
  }
}
