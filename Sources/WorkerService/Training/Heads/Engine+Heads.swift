internal import Decisions
internal import FaceModels
internal import GalleryStore
internal import Protocol
import Synchronization

/// Which head was looked for last, and what came of it.
struct HeadLookup: Sendable {
  /// The gallery's generation then; -1 before the first look.
  var generation = -1
  /// The recognizer's digest then.
  var model = ""
  /// The head that counts, read or not.
  var record: HeadRecord?
  /// Why it cannot be used.
  var problem: String?
}

extension Engine {
  /// The models in use with the head that counts now, changes by other workers included. What a request that classifies takes once.
  ///
  /// Costs a query of two numbers while the gallery has not changed.
  func modelsNow() throws -> ActiveModels {
    let generation = try gallery.generation()
    saw(generation: generation)
    let models = modelsInUse()
    let isKnown = headLookup.withLock { $0.generation == generation && $0.model == models.identity.sha256 }
    return isKnown ? models : try lookForHead()
  }

  /// Reads which head counts, and the head itself where it is another than before.
  @discardableResult
  func lookForHead() throws -> ActiveModels {
    try headLookup.withLock { lookup in
      let models = activeModels
      let model = models.identity.sha256
      let found = try gallery.activeHead(model: model)
      let isSame =
        lookup.model == model && lookup.record?.id == found.head?.id && lookup.record?.sha256 == found.head?.sha256
      let isRead = found.head == nil ? models.head == nil : models.head != nil || lookup.problem != nil
      if isSame, isRead {
        lookup.generation = found.generation
        return models
      }
      var head: SoftmaxHead?
      var problem: String?
      if let record = found.head {
        do {
          let read = try heads.read(record.id, sha256: record.sha256)
          guard read.fits(models.identity) else {
            throw WireError(.modelInvalid, "The classifier \(record.id) belongs to another recognizer.")
          }
          head = read
        } catch {
          let text = ErrorMapping.wireError(for: error).message
          problem = text
          log(.error, "headUnusable", ["reason": .string(text)])
        }
      }
      let result = active.withLock { active -> ActiveModels in
        // A swap of the recognizer meanwhile has the last word; it looks for its own head.
        if active.identity.sha256 == model { active = active.replacing(head: head) }
        return active
      }
      lookup = HeadLookup(generation: found.generation, model: model, record: found.head, problem: problem)
      return result
    }
  }

  /// The head as `status` shows it; `nil` when none was trained.
  func classifierStatus() -> ClassifierStatus? {
    headLookup.withLock { lookup in
      lookup.record.map {
        ClassifierStatus(
          head: $0.id, model: activeModels.recognizer.id, subjects: $0.slots.count,
          trainedAt: Timestamps.text($0.created), problem: lookup.problem)
      }
    }
  }

  /// Goes back to the head that was in use before the last swap.
  func rollBackHead(_ context: RequestContext) throws -> ModelSwap {
    let models = try modelsNow()
    let swap = try write(context) { transaction in
      guard let back = try transaction.rollBackHead(model: models.identity.sha256) else {
        throw WireError(.modelNotFound, "There is no classifier to go back from: none is in use.")
      }
      return ModelSwap(role: .classifier, previous: back.undone.id, active: back.active?.id, models: models.infos)
    }.result
    heads.erase(swap.previous)
    try lookForHead()
    return swap
  }
}
