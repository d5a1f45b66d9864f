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
  /// What the running worker got.
  var sent: [Frame] = []
  var signals: [Int32] = []
  var spawns = 0
  var inputIsClosed = false
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
      case .send(let frame): sent.append(frame)
      case .signal(let number): signals.append(number)
      case .closeInput: inputIsClosed = true
      case .log: break
      case .exit(let status): exit = status
      case .spawn:
        spawns += 1
        sent = []
        inputIsClosed = false
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

  mutating func request(_ id: UInt64, _ method: String, key: Bool = false, deadline: Int? = nil) {
    var json = #"{"method":"\#(method)""#
    if key { json += #","key":"k\#(id)""# }
    if let deadline { json += #","deadlineMs":\#(deadline)"# }
    let frame = Frame(kind: .request, id: RequestID(id) ?? .connection, json: json + "}")
    tell(.request(frame, RequestSummary(json: frame.json)))
  }

  mutating func worker(_ report: WorkerReport) { tell(.worker(spawns, report)) }

  mutating func workerIsReady() {
    worker(.frame(Frame(kind: .ready, id: .connection, json: #"{"pid":\#(spawns)}"#), image: nil))
  }

  /// The worker ends, waits out the back-off, and its successor serves.
  mutating func workerDies(_ status: WorkerEnd = .signal(11), comesBack: Bool = true) {
    worker(.outputEnded(nil))
    worker(.exited(status))
    guard comesBack else { return }
    let before = spawns
    wait(.seconds(15))
    #expect(spawns == before + 1)
    workerIsReady()
  }

  /// The worker answers the request whose method this is.
  mutating func answer(_ method: String, kind: FrameKind = .result, image: Int? = nil) {
    guard let frame = sent.last(where: { text($0).contains(#""method":"\#(method)""#) }) else {
      Issue.record("the worker never got \(method)")
      return
    }
    worker(.frame(Frame(kind: kind, id: frame.id, json: #"{"answers":"\#(method)"}"#), image: image))
  }

  /// The terminal frames that the host got for an id: "result", or the code of the error.
  func terminals(_ id: UInt64) -> [String] {
    delivered.filter { $0.id.value == id && $0.kind.isTerminal }.map { error(of: $0)?.code.rawValue ?? "result" }
  }

  /// The error answer to `id`.
  func error(_ id: UInt64) -> WireError? { delivered.last { $0.id.value == id }.flatMap(error(of:)) }

  /// The methods the running worker got, pings left out.
  var methods: [String] {
    sent.compactMap { frame in
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
