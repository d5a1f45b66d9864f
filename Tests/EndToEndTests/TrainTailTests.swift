import Foundation
import GalleryStore
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// `train` of scope `tail` through the real program on real photos: a new recognizer, in one step, and the way back.
  @Suite(.enabled(if: Installation.hasShared, "the photos of ../shared/data/lfw-people are missing"))
  struct TrainTailTests {
    private static let base = "dlib-resnet-v1"

    /// Each person's photos: the first `taught` are enrolled.
    private static func people(_ count: Int, taught: Int) -> [(name: String, photos: [String])] {
      Photos.shared("lfw-people").lazy.map { folder -> (name: String, photos: [String]) in
        let name = (folder as NSString).lastPathComponent
        return (name, Photos.shared("lfw-people/" + name) { $0.hasSuffix(".jpg") })
      }.filter { $0.photos.count > taught }.prefix(count).map { $0 }
    }

    private static func identity(_ worker: WorkerProcess, _ id: UInt64, _ photo: String) throws -> String? {
      guard case .one(let image) = try worker.host.call(id, Identify.self, images: try Photos.bytes(photo)).result
      else { return nil }
      return image.faces.max { $0.box.width < $1.box.width }?.identity?.subject
    }

    private static func active(_ worker: WorkerProcess, _ id: UInt64) throws -> String? {
      try worker.host.call(id, ModelsList.self).result.models.first { $0.role == .recognizer && $0.active }?.id
    }

    @Test(.timeLimit(.minutes(5)))
    func aTunedNetworkTakesOverAndIsTakenBack() throws {
      let folder = try Folder()
      let known = Self.people(6, taught: 6)
      let (people, strangers) = (known.prefix(3), known.suffix(3))
      var worker = try WorkerProcess(data: folder.path)
      var id: UInt64 = 1
      func next() -> UInt64 {
        id += 1
        return id
      }
      for person in people {
        for photo in person.photos.prefix(6) {
          _ = try worker.host.call(
            next(), Enroll.self, ["subject": .string(person.name), "select": "center"], images: try Photos.bytes(photo))
        }
      }
      let params: JSONValue = [
        "scope": "tail", "epochs": ["clean": 2, "augmented": 1], "batch": 8, "threads": 2, "heldOut": 0.34,
      ]
      let job = next()
      let result = try worker.host.call(job, Train.self, params).result
      #expect(result.state == .swapped && result.scope == .tail && result.subjects == 3, "\(result)")
      #expect(result.model.hasPrefix(Self.base + "-tuned-"))
      let phases = try worker.host.frames.filter { $0.id.value == job && $0.kind == .event }.map {
        try WireJSON.decode(TrainEvent.self, from: $0.json).phase
      }
      var order: [String] = []
      for phase in phases where order.last != phase { order.append(phase) }
      // In this order; a phase that takes less than a fifth of a second may go unsaid.
      let all = ["prepare", "clean", "augmented", "judge", "swap"]
      #expect(order == all.filter(order.contains) && order.first == "prepare" && order.last == "swap", "\(order)")

      func expectTuned() throws {
        #expect(try Self.active(worker, next()) == result.model)
        let classifier = try #require(try worker.host.call(next(), Status.self).result.gallery.classifier)
        #expect(classifier.head == result.head && classifier.model == result.model && classifier.problem == nil)
        for person in people { #expect(try Self.identity(worker, next(), person.photos[6]) == person.name) }
        // The threshold was moved along with the faces: strangers stay strangers.
        let named = try strangers.flatMap { $0.photos.prefix(3) }.filter {
          try Self.identity(worker, next(), $0) != nil
        }
        #expect(named.count <= 2, "\(named.count) of 9 strangers got a name")
      }
      try expectTuned()
      #expect(try worker.finish() == .exit(0))
      worker = try WorkerProcess(data: folder.path)
      try expectTuned()

      let gone = people[0].name
      let receipt = try worker.host.call(next(), SubjectsRemove.self, ["subject": .string(gone)]).result
      #expect(receipt.templates == 12 && receipt.heads == 1, "\(receipt)")
      #expect(try Self.identity(worker, next(), people[0].photos[6]) != gone)
      let back = try worker.host.call(next(), ModelsRollback.self, ["role": "recognizer"]).result
      #expect(back.previous == result.model && back.active == Self.base)
      #expect(try Self.active(worker, next()) == Self.base)
      #expect(try worker.host.call(next(), Status.self).result.gallery.classifier == nil)
      #expect(try Self.identity(worker, next(), people[0].photos[6]) != gone)
      for person in people.dropFirst() { #expect(try Self.identity(worker, next(), person.photos[6]) == person.name) }
      #expect(try worker.finish() == .exit(0))
      #expect(try SQLiteGallery(path: folder.path + "/gallery.sqlite").integrityCheck() == [])
    }
  }
}
