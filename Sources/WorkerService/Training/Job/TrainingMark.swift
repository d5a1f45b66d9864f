internal import Protocol
internal import Training

/// How far a training has come: a later phase or epoch is more.
struct TrainingMark: Comparable {
  private var phase = -1
  private var epoch = 0

  init() {}

  init(_ progress: TrainingProgress) {
    phase =
      switch progress.phase {
      case .prepare: 0
      case .clean: 1
      case .augmented: 2
      case .judge: 3
      }
    epoch = progress.epoch
  }

  static func < (left: TrainingMark, right: TrainingMark) -> Bool {
    (left.phase, left.epoch) < (right.phase, right.epoch)
  }
}

extension TrainEvent {
  init(_ progress: TrainingProgress, job: String) {
    func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
    self.init(
      job: job, phase: progress.phase.rawValue, epoch: progress.epoch, epochs: progress.epochs, step: progress.step,
      steps: progress.steps, loss: finite(progress.loss), accuracy: finite(progress.accuracy),
      learningRate: finite(progress.learningRate), imagesPerSecond: finite(progress.imagesPerSecond),
      secondsLeft: finite(progress.secondsLeft))
  }
}
