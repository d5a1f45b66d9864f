package import FaceModels
package import Networks

/// A training job from crops to a head that is accepted or refused: a plain library, no process, no clock of its own.
///
/// The steps: decode and embed, hold some crops out, train on clean crops, train on augmented ones, judge. Each epoch
/// leaves a checkpoint in `folder`; a run on a folder whose checkpoint has the same settings, set and recognizer goes on
/// from there and ends with the same head as one that was not interrupted.
package struct TrainingRun {
  /// What the recognizer's templates are bound to (`ModelManifest.templateDigest`), so that the head is too.
  package let modelDigest: String
  package let recognizer: RecognizerNetwork
  package let set: TrainingSet
  package let settings: TrainingSettings
  /// Where checkpoints lie, an existing directory; `nil` keeps none.
  package let folder: String?

  package init(
    recognizer: RecognizerNetwork, modelDigest: String, set: TrainingSet, settings: TrainingSettings, folder: String?
  ) {
    self.recognizer = recognizer
    self.modelDigest = modelDigest
    self.set = set
    self.settings = settings
    self.folder = folder
  }

  /// Trains to the end.
  ///
  /// - Parameters:
  ///   - pool: the threads of the job.
  ///   - clock: seconds that never go back, for speeds and estimates only.
  ///   - checkpoint: called often, at least every 100 ms of work or so, on any thread; throws to stop the job.
  ///   - report: called on the calling thread after each step.
  /// - Throws: ``TrainingError``, ``ImageError`` `outOfMemory`, and what `checkpoint` throws.
  package func run(
    pool: WorkPool, clock: @escaping () -> Double, checkpoint: @escaping @Sendable () throws -> Void,
    report: @escaping (TrainingProgress) -> Void
  ) throws -> TrainingOutcome {
    try settings.check()
    throw TrainingError(.badSettings, "Training runs are not built yet.")
  }
}
