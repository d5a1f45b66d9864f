package import Protocol

/// Serves one method. Called on an executor thread; may block and compute as long as it calls
/// ``RequestContext/checkpoint()`` between stages. May be called on several threads at once.
package protocol MethodHandler: Sendable {
  /// The command it serves.
  associatedtype Method: Command
  /// Whether its requests take long and must not keep others waiting: they then run one after the other on a thread of
  /// their own. In text mode all requests run in the order of the lines.
  static var isBackground: Bool { get }

  /// Whether its work may take hours and says how far it is (``JobPace``): it runs on another such thread, so that what is
  /// in the background does not wait for it, and `status` lists it.
  static var isJob: Bool { get }

  /// Whether it is a job that must not keep the other jobs waiting either: it runs on a third such thread.
  static var isTraining: Bool { get }

  /// Whether its requests mostly wait for what other requests bring: each gets a thread of its own, and is told when nothing
  /// more can come (``RequestContext/isConcluding``).
  static var isHeld: Bool { get }

  /// Where a request stands in a series; `nil`, the default, when it stands alone. Called once for each request, by the
  /// thread that reads and in the order of arrival: it must be quick and wait for nothing.
  func place(_ params: Method.Params) -> SeriesPlace?

  /// Does the work of one request.
  ///
  /// - Throws: ``WireError`` or an error that ``ErrorMapping`` knows; ``ReplayedAnswer`` to repeat an earlier result.
  func handle(_ params: Method.Params, _ context: RequestContext) throws -> Method.Result
}

extension MethodHandler {
  package static var isBackground: Bool { false }
  /// Requests are short unless a handler says otherwise.
  package static var isJob: Bool { false }
  /// Jobs share a thread unless a handler says otherwise.
  package static var isTraining: Bool { false }
}

extension MethodHandler {
  package static var isHeld: Bool { false }
  package func place(_ params: Method.Params) -> SeriesPlace? { nil }
}

/// A request's place in a series of requests, of which one runs at a time, in order, and only the newest one waits.
package struct SeriesPlace: Sendable {
  /// Which series.
  package let series: String
  /// Which request of it, counted as they arrive.
  package let number: Int
  /// Called when a newer one takes the place; gives the JSON of the result for this one.
  package let drop: @Sendable () -> [UInt8]

  package init(series: String, number: Int, drop: @escaping @Sendable () -> [UInt8]) {
    self.series = series
    self.number = number
    self.drop = drop
  }
}

/// Thrown by a handler, though no failure: the request's `key` was seen before, and this was its result.
package struct ReplayedAnswer: Error {
  /// The JSON of the first result, as ``RequestContext/encode(_:)`` gave it.
  package let result: [UInt8]
  /// The generation that went with it.
  package let generation: Int?

  /// An answer of its parts; without a generation the present one is sent.
  package init(result: [UInt8], generation: Int? = nil) {
    self.result = result
    self.generation = generation
  }
}

/// The handlers of a session, by method.
package struct HandlerRegistry: Sendable {
  /// The methods the session serves by itself.
  package static let builtIn = [Ping.method, Shutdown.method, Status.method]

  private let handlers: [String: AnyHandler]

  /// A registry of handlers; of two for the same method the last one counts.
  package init(_ handlers: [any MethodHandler]) {
    func erase<H: MethodHandler>(_ handler: H) -> AnyHandler { AnyHandler(handler) }
    self.handlers = Dictionary(
      handlers.map { erase($0) }.map { ($0.method, $0) }, uniquingKeysWith: { _, last in last })
  }

  /// The methods a parent can call, sorted.
  package var methods: [String] { (Array(handlers.keys) + HandlerRegistry.builtIn).sorted() }

  /// Registered commands that nobody serves; empty when the registry is complete.
  package var missing: [String] { CommandRegistry.all.map { $0.method }.filter { !methods.contains($0) } }

  subscript(method: String) -> AnyHandler? { handlers[method] }
}

/// A handler whose command is no longer known to the compiler.
struct AnyHandler: Sendable {
  let method: String
  private let prepareCall: @Sendable (RequestEnvelope) throws(WireError) -> PreparedCall
  let attachments: AttachmentRule
  let isBackground: Bool
  let isJob: Bool
  let isTraining: Bool
  let isHeld: Bool

  init<H: MethodHandler>(_ handler: H) {
    method = H.Method.method
    attachments = H.Method.attachments
    isBackground = H.isBackground
    isJob = H.isJob
    isTraining = H.isTraining
    isHeld = H.isHeld
    prepareCall = { (envelope: RequestEnvelope) throws(WireError) -> PreparedCall in
      let params = try envelope.params(for: H.Method.self)
      return PreparedCall(
        canonicalParams: { (try? WireJSON.encode(params)) ?? [] }, place: handler.place(params),
        run: { try WireJSON.encode(handler.handle(params, $0)) })
    }
  }

  /// Decodes and checks the parameters.
  func prepare(_ envelope: RequestEnvelope) throws(WireError) -> PreparedCall { try prepareCall(envelope) }
}

/// A call with its parameters decoded, ready to run.
struct PreparedCall: Sendable {
  /// The parameters as JSON, the same bytes however the parent wrote them.
  let canonicalParams: @Sendable () -> [UInt8]
  /// Its place in a series.
  var place: SeriesPlace?
  /// Runs the handler; returns the JSON of the result.
  let run: @Sendable (RequestContext) throws -> [UInt8]
}
