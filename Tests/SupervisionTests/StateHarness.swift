import Foundation
import Protocol
import Testing

@testable import Supervision

/// Drives a ``SupervisorState`` through a story and keeps what it decided.
struct StateHarness {
  var state: SupervisorState
  var now: Duration = .zero
  /// What the host got, oldest first.
  var delivered: [Frame] = []
  /// What each worker got, by its number.
  var sentTo: [Int: [Frame]] = [:]
  /// What the worker that was started last got.
  var sent: [Frame] { sentTo[spawns] ?? [] }
  var signals: [Int32] = []
  var spawns = 0
  var closed: Set<Int> = []
  var inputIsClosed: Bool { closed.contains(spawns) }
  var versions: [Int] = []
  var exit: Int32?
  var hostIsStalled = false

  init(_ adjust: (inout SupervisorOptions) -> Void = { _ in }) {
    var options = SupervisorOptions()
    adjust(&options)
    state = SupervisorState(options: options, seed: 1)
    tell(.tick)
  }

  /// A harness with a worker that serves.
  static func serving(_ adjust: (inout SupervisorOptions) -> Void = { _ in }) -> StateHarness {
    var harness = StateHarness(adjust)
    harness.workerIsReady()
    return harness
  }

  mutating func tell(_ input: Input) {
    for effect in state.handle(input, at: now, hostIsStalled: hostIsStalled) {
      switch effect {
      case .deliver(let frame): delivered.append(frame)
      case .send(let worker, let frame): sentTo[worker, default: []].append(frame)
      case .signal(_, let number): signals.append(number)
      case .closeInput(let worker): closed.insert(worker)
      case .log, .measure, .forget, .writeMetrics: break
      case .exit(let status): exit = status
      case .spawn(_, let version):
        spawns += 1
        versions.append(version)
      }
    }
  }

  /// Lets time pass, ticking at every moment the state asks for.
  mutating func wait(_ duration: Duration) {
    let end = now + duration
    while let next = state.nextTick, next <= end, exit == nil {
      #expect(next >= now || next == .zero, "a timer in the past would spin")
      now = max(now, next)
      let before = state.nextTick
      tell(.tick)
      if state.nextTick == before, before == now { break }
    }
    now = end
    tell(.tick)
  }

  mutating func request(
    _ id: UInt64, _ method: String, key: Bool = false, deadline: Int? = nil, params: String? = nil
  ) {
    var json = #"{"method":"\#(method)""#
    if let params { json += #","params":{\#(params)}"# }
    if key { json += #","key":"k\#(id)""# }
    if let deadline { json += #","deadlineMs":\#(deadline)"# }
    let frame = Frame(kind: .request, id: RequestID(id) ?? .connection, json: json + "}")
    tell(.request(frame, RequestSummary(json: frame.json)))
  }

  /// What a worker does, the one that was started last if none is given.
  mutating func worker(_ number: Int? = nil, _ report: WorkerReport) { tell(.worker(number ?? spawns, report)) }

  mutating func workerIsReady(_ number: Int? = nil) {
    let json = #"{"pid":\#(number ?? spawns)}"#
    worker(number, .frame(Frame(kind: .ready, id: .connection, json: json), .none))
  }

  /// The worker ends, waits out the back-off, and its successor serves.
  mutating func workerDies(_ number: Int? = nil, _ status: WorkerEnd = .signal(11), comesBack: Bool = true) {
    let dying = number ?? spawns
    worker(dying, .outputEnded(nil))
    worker(dying, .exited(status))
    guard comesBack else { return }
    let before = spawns
    wait(.seconds(15))
    #expect(spawns == before + 1)
    workerIsReady()
  }

  /// The worker answers the request whose method this is.
  mutating func answer(_ method: String, kind: FrameKind = .result, image: Int? = nil, of number: Int? = nil) {
    guard
      let frame = (sentTo[number ?? spawns] ?? []).last(where: { text($0).contains(#""method":"\#(method)""#) })
    else {
      Issue.record("the worker never got \(method)")
      return
    }
    let answer = Frame(kind: kind, id: frame.id, json: #"{"answers":"\#(method)"}"#)
    worker(number, .frame(answer, FrameFacts(image: image)))
  }

  /// The terminal frames that the host got for an id: "result", or the code of the error.
  func terminals(_ id: UInt64) -> [String] {
    delivered.filter { $0.id.value == id && $0.kind.isTerminal }.map { error(of: $0)?.code.rawValue ?? "result" }
  }

  /// The error answer to `id`.
  func error(_ id: UInt64) -> WireError? { delivered.last { $0.id.value == id }.flatMap(error(of:)) }

  /// The methods the worker that was started last got, pings left out.
  var methods: [String] { methods(of: spawns) }

  /// The methods a worker got, pings left out.
  func methods(of number: Int) -> [String] {
    (sentTo[number] ?? []).compactMap { frame in
      let method = RequestSummary(json: frame.json).method
      return frame.kind == .request && text(frame) != #"{"method":"ping"}"# ? method : nil
    }
  }

  var pings: Int { sent.count { text($0) == #"{"method":"ping"}"# } }

  func text(_ frame: Frame) -> String { String(decoding: frame.json, as: UTF8.self) }

  private func error(of frame: Frame) -> WireError? {
    frame.kind == .error ? try? JSONDecoder().decode(ErrorBody.self, from: Data(frame.json)).error : nil
  }
}
