internal import Protocol
import Synchronization

/// What an engine keeps of its trainings: where they work, the trainers that run, and those that nobody waits for.
final class TrainingDesk: Sendable {
  /// Where the working folders lie.
  let folder: String
  /// The program that a trainer is.
  let program: String

  private struct State {
    var running: [(trainer: TrainerProcess, subjects: Set<Int64>)] = []
    var detached: [DetachedTraining] = []
    var count = 0
    var isClosed = false
    var announce: (@Sendable ([UInt8]) -> Void)?
  }

  private let state = Mutex(State())

  init(folder: String, program: String) {
    self.folder = folder
    self.program = program
  }

  // MARK: Trainers

  func began(_ trainer: TrainerProcess, subjects: Set<Int64>) {
    state.withLock { $0.running.append((trainer, subjects)) }
  }

  func ended(_ trainer: TrainerProcess) {
    state.withLock { $0.running.removeAll { $0.trainer === trainer } }
  }

  /// Ends the trainers that know a subject, then overwrites and removes what any training kept of it. The jobs notice, and begin
  /// anew without it.
  func forget(_ subject: Int64) {
    let trainers = state.withLock { $0.running.filter { $0.subjects.contains(subject) }.map(\.trainer) }
    for trainer in trainers { trainer.stop() }
    _ = TrainingFolder.erase(about: subject, root: folder)
  }

  // MARK: Trainings that nobody waits for

  /// The jobs as `status` shows them.
  var jobs: [JobStatus] { state.withLock { $0.detached.map(\.status) } }

  /// Begins a job, unless one waits that has not begun: then that one is meant. Returns its id.
  func start(_ make: (_ id: String) throws -> DetachedTraining) throws -> String {
    try state.withLock { state in
      guard !state.isClosed else { throw WireError(.busy, "The worker is stopping and begins no more trainings.") }
      if let waiting = state.detached.first(where: \.isWaiting) { return waiting.id }
      state.count += 1
      let job = try make("training-\(state.count)")
      state.detached.append(job)
      return job.id
    }
  }

  func ended(_ job: DetachedTraining) { state.withLock { $0.detached.removeAll { $0 === job } } }

  /// Stops those of an id, or all. Returns their ids.
  func cancel(_ id: String?) -> [String] {
    let jobs = state.withLock { $0.detached.filter { id == nil || $0.id == id } }
    for job in jobs { job.cancel() }
    return jobs.map(\.id)
  }

  /// Says how events of these are sent.
  func announce(through send: @escaping @Sendable ([UInt8]) -> Void) { state.withLock { $0.announce = send } }

  /// Sends an event under id 0.
  func announce(_ event: TrainEvent) {
    guard let send = state.withLock({ $0.announce }), let json = try? WireJSON.encode(event) else { return }
    send(json)
  }

  /// Ends everything; to be called when the worker ends. What was trained so far is continued by the next `train`.
  func close() {
    let (jobs, trainers) = state.withLock { state in
      state.isClosed = true
      state.announce = nil
      return (state.detached, state.running.map(\.trainer))
    }
    for job in jobs { job.cancel() }
    for trainer in trainers { trainer.stop() }
    for job in jobs { job.join() }
  }
}
