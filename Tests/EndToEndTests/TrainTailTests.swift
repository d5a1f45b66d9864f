import Foundation
import GalleryStore
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// `train` of the scopes `tail` and `full` through the real program on real photos: a new recognizer, in one step, that knows the
  /// enrolled at the default threshold and nobody else, and the way back.
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

    private static let taught = 6

    @Test(.timeLimit(.minutes(10)), arguments: [TrainScope.tail, .full])
    func aTunedNetworkTakesOverAndIsTakenBack(_ scope: TrainScope) throws {
      let folder = try Folder()
      let found = Self.people(11, taught: Self.taught + 3)
      let (people, strangers) = (found.prefix(5), found.suffix(6))
      let known = people.flatMap { person in person.photos[Self.taught..<Self.taught + 4].map { (person.name, $0) } }
      var worker = try WorkerProcess(data: folder.path)
      var id: UInt64 = 1
      func next() -> UInt64 {
        id += 1
        return id
      }
      for person in people {
        for photo in person.photos.prefix(Self.taught) {
          _ = try worker.host.call(
            next(), Enroll.self, ["subject": .string(person.name), "select": "center"], images: try Photos.bytes(photo))
        }
      }
      /// How many of the known photos get the right name, how many another, and how many photos of strangers get one.
      func counts() throws -> (right: Int, wrong: Int, strangers: Int) {
        var counts = (right: 0, wrong: 0, strangers: 0)
        for (name, photo) in known {
          let answer = try Self.identity(worker, next(), photo)
          if answer == name { counts.right += 1 } else if answer != nil { counts.wrong += 1 }
        }
        for photo in strangers.flatMap({ $0.photos.prefix(4) }) where try Self.identity(worker, next(), photo) != nil {
          counts.strangers += 1
        }
        return counts
      }
      let before = try counts()
      let epochs: JSONValue = scope == .tail ? ["clean": 3, "augmented": 2] : ["clean": 3, "augmented": 1]
      let params: JSONValue = [
        "scope": .string(scope.rawValue), "epochs": epochs, "batch": 8, "threads": 2, "heldOut": 0.2,
      ]
      let job = next()
      let result = try worker.host.call(job, Train.self, params).result
      #expect(result.state == .swapped && result.scope == scope && result.subjects == 5, "\(result)")
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
        // What was measured on the network before holds for this one: the enrolled keep their names, strangers get none.
        let after = try counts()
        print("\(scope.rawValue): \(after.right) of \(known.count) named, before \(before.right)")
        #expect(after.right >= before.right - 1 && after.right >= 17 && after.wrong == 0, "\(before), then \(after)")
        #expect(after.strangers <= before.strangers + 1, "\(before), then \(after)")
      }
      try expectTuned()
      #expect(try worker.finish() == .exit(0))
      worker = try WorkerProcess(data: folder.path)
      try expectTuned()

      let gone = people[0].name
      let receipt = try worker.host.call(next(), SubjectsRemove.self, ["subject": .string(gone)]).result
      #expect(
        receipt.templates == 2 * Self.taught && receipt.heads == 1 && receipt.models == [result.model], "\(receipt)")
      for (name, photo) in known where name == gone { #expect(try Self.identity(worker, next(), photo) != gone) }
      let back = try worker.host.call(next(), ModelsRollback.self, ["role": "recognizer"]).result
      #expect(back.previous == result.model && back.active == Self.base)
      #expect(try Self.active(worker, next()) == Self.base)
      #expect(try worker.host.call(next(), Status.self).result.gallery.classifier == nil)
      let last = try counts()
      #expect(last.wrong == 0 && last.right >= before.right - 4 && last.strangers <= before.strangers, "\(last)")
      for (name, photo) in known where name == gone { #expect(try Self.identity(worker, next(), photo) != gone) }
      #expect(try worker.finish() == .exit(0))
      #expect(try SQLiteGallery(path: folder.path + "/gallery.sqlite").integrityCheck() == [])
    }
  }
}
