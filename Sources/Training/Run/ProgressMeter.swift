/// Turns steps into reports with speeds and estimates.
final class ProgressMeter {
  private let clock: () -> Double
  private let report: (TrainingProgress) -> Void
  /// What each phase will cost in all, in crops through the network.
  private let work: [TrainingProgress.Phase: Double]
  private let started: Double
  private var done = 0.0
  private var phase = TrainingProgress.Phase.prepare
  private var epochs = 1
  private var phaseStarted: Double
  private var phaseDone = 0.0
  private var phaseImages = 0

  init(
    work: [TrainingProgress.Phase: Double], clock: @escaping () -> Double,
    report: @escaping (TrainingProgress) -> Void
  ) {
    self.work = work
    self.clock = clock
    self.report = report
    started = clock()
    phaseStarted = started
  }

  /// Enters a phase; what the one before did not use of its work counts as done.
  func begin(_ phase: TrainingProgress.Phase, epochs: Int, skipping share: Double = 0) {
    done += max(0, (work[self.phase] ?? 0) - phaseDone)
    if phase == .prepare { done = 0 }
    self.phase = phase
    self.epochs = epochs
    phaseStarted = clock()
    phaseImages = 0
    phaseDone = 0
    skipped = share * (work[phase] ?? 0)
  }

  /// Work of this phase that an earlier run did.
  private var skipped = 0.0

  /// Reports a step that took `images` crops and `cost` of the phase's work.
  func step(
    epoch: Int, step: Int, steps: Int, images: Int, cost: Double, loss: Double? = nil, accuracy: Double? = nil,
    learningRate: Double? = nil
  ) {
    phaseImages += images
    phaseDone += cost
    done += cost
    let now = clock()
    let total = work.values.reduce(0, +) - skipped
    let elapsed = now - started
    let left = done > 0 && elapsed > 0 ? max(0, (total - done) * elapsed / done) : nil
    report(
      TrainingProgress(
        phase: phase, epoch: epoch, epochs: epochs, step: step, steps: steps, loss: loss, accuracy: accuracy,
        learningRate: learningRate, imagesPerSecond: Double(phaseImages) / max(now - phaseStarted, 1e-9),
        secondsLeft: left))
  }
}
