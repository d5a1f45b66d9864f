internal import Networks
internal import Protocol
import Synchronization

/// A training that no request waits for, on a thread of its own. Its events go out under id 0.
final class DetachedTraining: Sendable {
  let id: String

  private struct State {
    var isCancelled = false
    var hasBegun = false
    var progress: Float?
    var isOver = false
  }

  private let state = Monitor(State())

  init(id: String) { self.id = id }

  /// Whether it still waits for its turn.
  var isWaiting: Bool { state.read { !$0.hasBegun && !$0.isOver } }

  var status: JobStatus {
    state.read {
      JobStatus(id: id, kind: Train.method, state: $0.hasBegun ? "running" : "waiting", progress: $0.progress)
    }
  }

  func cancel() { state.update { $0.isCancelled = true } }

  /// Waits until it is over.
  func join() { state.wait { $0.isOver ? .done(()) : .sleep(until: nil) } }

  /// Begins; `done` is called at the end.
  func start(_ engine: Engine, _ order: TrainingOrder) throws {
    try ServiceThread("fw-train-own") { [self] in
      var last = run(engine, order)
      last.phase = "done"
      engine.training.ended(self)
      engine.training.announce(last)
      state.update { $0.isOver = true }
    }.detach()
  }

  private func run(_ engine: Engine, _ order: TrainingOrder) -> TrainEvent {
    var gauge = TrainingGauge()
    let job = TrainingJob(
      engine, id: id, order: order, swapper: HeadSwap(engine: engine, context: nil),
      checkpoint: { [self] in
        if state.read({ $0.isCancelled }) { throw RequestContext.stopped(.cancelled) }
      },
      emit: { [self] event in
        let progress = gauge.progress(event)
        state.update {
          $0.hasBegun = $0.hasBegun || event.phase != "waiting"
          $0.progress = progress
        }
        engine.training.announce(event)
      })
    do {
      return TrainEvent(job: id, phase: "done", result: try job.run())
    } catch {
      let wire = ErrorMapping.wireError(for: error)
      engine.log(.error, "trainingFailed", ["code": .string(wire.code.rawValue)])
      return TrainEvent(job: id, phase: "done", error: wire)
    }
  }
}

/// How far a training is as one number, from what it says is left. Never goes back.
struct TrainingGauge {
  private let start = Moment.now
  private var reached: Float = 0

  init() {}

  mutating func progress(_ event: TrainEvent) -> Float? {
    if event.phase == "waiting" { return nil }
    if event.phase == "swap" { reached = max(reached, 0.99) }
    if let left = event.secondsLeft, left >= 0 {
      let spent = Moment.now.milliseconds(since: start) / 1_000
      if spent + left > 0 { reached = max(reached, min(0.99, Float(spent / (spent + left)))) }
    }
    return reached
  }
}

extension Engine {
  /// Starts a training that nobody waits for, as `stream.learn` does, and returns the id of its job. One that has not begun yet is
  /// shared, since it will see what the gallery holds when it begins. Its events go out under id 0.
  ///
  /// - Throws: ``WireError`` when it cannot be started.
  func startTraining(_ params: Train.Params = Train.Params()) throws -> String {
    let order = try TrainingOrder(params, workerThreads: pool.lanes)
    return try training.start { id in
      let job = DetachedTraining(id: id)
      try job.start(self, order)
      return job
    }
  }

  /// Ends all trainings; to be called when the session is over.
  package func close() { training.close() }

  /// Says how events that belong to no request are sent: under id 0.
  package func announce(through send: @escaping @Sendable ([UInt8]) -> Void) { training.announce(through: send) }
}
