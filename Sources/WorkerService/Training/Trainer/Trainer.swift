internal import Decisions
internal import FaceModels
import Glibc
internal import Images
internal import Networks
internal import Protocol
internal import Training

/// The process that trains: a child of a worker, started from the same file (`--trainer`), which tells it over the pipe what to
/// learn from. It knows no gallery and answers once; its worker believes nothing it says without looking.
package enum Trainer {
  /// Serves one training and returns the exit status.
  ///
  /// - Parameter worker: the process id of the worker that started it.
  package static func run(worker: Int32) -> Int32 {
    TrainerSurroundings.enter(worker: worker)
    guard let streams = try? StandardStreams.takeOver() else { return 71 }
    let pipe = TrainerPipe(input: streams.input, output: streams.output)
    do {
      let task = try TrainerTask.receive(pipe)
      try pipe.exitAtEndOfInput()
      let result = try task.run { try pipe.send(.event, $0) }
      try pipe.send(.result, result)
      return 0
    } catch is EndOfTrainerInput {
      return 0
    } catch {
      try? pipe.send(.error, ErrorBody(error: ErrorMapping.wireError(for: error)))
      return 0
    }
  }
}

/// The worker closed the pipe before all was said.
struct EndOfTrainerInput: Error {}

/// One training as the trainer was told it.
struct TrainerTask {
  let order: TrainerOrder
  let set: TrainingSet

  /// Reads until the worker says that all was sent.
  static func receive(_ pipe: TrainerPipe) throws -> TrainerTask {
    var order: TrainerOrder?
    var head: SoftmaxHead?
    var subjects: [Int64: [TrainingSample]] = [:]
    var negatives: [TrainingSample] = []
    while let frame = try pipe.next() {
      let message = try WireJSON.decode(TrainerMessage.self, from: frame.json, limits: .toTrainer)
      if let opened = message.open {
        order = opened
        if !frame.attachments.isEmpty { head = try SoftmaxHead(bytes: Array(frame.attachments)) }
      }
      var rest = frame.attachments
      for told in message.samples ?? [] {
        let sample = try take(told, from: &rest)
        if let subject = told.subject {
          subjects[subject, default: []].append(sample)
        } else {
          negatives.append(sample)
        }
      }
      guard message.run == true else { continue }
      guard let order else { throw EndOfTrainerInput() }
      let people = subjects.sorted { $0.key < $1.key }.map { TrainingSubject(number: $0.key, samples: $0.value) }
      return TrainerTask(
        order: order, set: TrainingSet(subjects: people, negatives: negatives, previousHead: head))
    }
    throw EndOfTrainerInput()
  }

  private static func take(_ told: TrainerSample, from rest: inout ArraySlice<UInt8>) throws -> TrainingSample {
    let (floats, overflow) = told.embedding.multipliedReportingOverflow(by: 4)
    guard told.crop >= 0, told.embedding >= 0, !overflow, told.crop <= rest.count, floats <= rest.count - told.crop
    else {
      throw WireError(.internal, "A sample is longer than what came with it.")
    }
    let crop = Array(rest.prefix(told.crop))
    rest = rest.dropFirst(told.crop)
    let embedding = FloatBytes.decode(rest.prefix(floats))
    rest = rest.dropFirst(floats)
    var face: DetectedFace?
    if let numbers = told.geometry, numbers.count == 14 {
      face = CropGeometryNumbers.face(numbers)
    }
    return TrainingSample(
      id: told.id, crop: crop.isEmpty ? nil : crop, face: face, embedding: embedding.isEmpty ? nil : embedding)
  }

  /// Trains, and leaves the outcome in the folder.
  func run(report: @escaping (TrainingProgress) throws -> Void) throws -> TrainerResult {
    let lock = try FolderLock.take(order.folder, waitingMilliseconds: 10_000)
    defer { lock.release() }
    let policy = LicencePolicy(rawValue: order.licencePolicy) ?? .commercial
    let store = ModelStore(folders: order.modelFolders, policy: policy)
    let entry = try store.find(order.recognizer, role: .recognizer)
    guard entry.manifest.templateDigest == order.modelDigest else {
      throw WireError(.modelInvalid, "The recognizer \(order.recognizer) was replaced while it was to be trained.")
    }
    let network = try store.loadNetwork(entry)
    let training = TrainingRun(
      recognizer: network, modelDigest: order.modelDigest, set: set, settings: order.settings, folder: order.folder)
    var reported: Moment?
    let start = Moment.now
    let outcome = try training.run(
      pool: WorkPool(lanes: order.threads), clock: { Moment.now.milliseconds(since: start) / 1_000 }, checkpoint: {},
      report: { progress in
        // Epochs' ends always pass: by them the worker sees that the training gets on.
        if progress.step < progress.steps, let reported, Moment.now.milliseconds(since: reported) < 100 { return }
        reported = .now
        // A failure to send ends the process in the pipe; one to encode (a loss that is no number) is no reason to stop.
        try? report(progress)
      })
    return try TrainerOutcome.write(outcome, to: order.folder)
  }
}
