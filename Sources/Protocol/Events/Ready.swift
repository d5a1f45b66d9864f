/// The JSON of the `ready` frame, sent once, under id 0, when the worker can serve.
public struct Ready: Codable, Sendable, Equatable {
  /// Version of the worker, `1.2.0`.
  public var version: String
  /// Version of the wire, ``ProtocolVersion/wire``.
  public var `protocol`: Int
  /// Process id of the worker.
  public var pid: Int
  /// A new random id at every start, by which a host tells a restarted worker from the one it knew.
  public var bootID: String
  /// The methods this worker answers.
  public var methods: [String]
  /// The models in use.
  public var models: [ModelInfo]
  /// The bounds this worker keeps.
  public var limits: Limits
  /// Vector instructions in use: `avx512`, `avx2` or `base`.
  public var instructionSet: String
  /// Core type for which the BLAS library chose its kernels.
  public var blasCore: String?
  /// What the process has given up: `newPrivileges`, `network`, `files`.
  public var isolation: [String]?
  /// Threads that compute.
  public var threads: Int
  /// Generation of the gallery at the start.
  public var generation: Int

  /// A `ready` of its parts.
  public init(
    version: String, protocol: Int = Int(ProtocolVersion.wire), pid: Int, bootID: String, methods: [String],
    models: [ModelInfo], limits: Limits, instructionSet: String, blasCore: String? = nil,
    isolation: [String]? = nil, threads: Int, generation: Int
  ) {
    self.version = version
    self.protocol = `protocol`
    self.pid = pid
    self.bootID = bootID
    self.methods = methods
    self.models = models
    self.limits = limits
    self.instructionSet = instructionSet
    self.blasCore = blasCore
    self.isolation = isolation
    self.threads = threads
    self.generation = generation
  }
}
