/// The JSON of a request frame before its method is known.
public struct RequestEnvelope: Codable, Sendable, Equatable {
  /// Which method to call.
  public var method: String
  /// The method's parameters; absent means `{}`.
  public var params: JSONValue?
  /// Milliseconds from arrival after which the answer is of no use, 1 to 86,400,000 (a day). Time in the queue counts.
  public var deadlineMs: Int?
  /// Makes a write idempotent, 1 to 256 bytes: a repeat returns the first answer.
  public var key: String?
  /// What the bytes after the JSON are.
  public var attachments: [AttachmentDescriptor]?

  /// An envelope of its parts.
  public init(
    method: String, params: JSONValue? = nil, deadlineMs: Int? = nil, key: String? = nil,
    attachments: [AttachmentDescriptor]? = nil
  ) {
    self.method = method
    self.params = params
    self.deadlineMs = deadlineMs
    self.key = key
    self.attachments = attachments
  }

  /// Checks the ranges of `deadlineMs` and `key`.
  ///
  /// - Throws: ``WireError`` `badParams`.
  public func validate() throws(WireError) {
    try Check.range(deadlineMs, 1...86_400_000, "deadlineMs")
    try Check.text(key, 1...256, "key")
  }

  /// The parameters as the command's type, checked.
  ///
  /// - Throws: ``WireError`` `badParams` naming the field.
  public func params<C: Command>(for command: C.Type) throws(WireError) -> C.Params {
    let params = try WireJSON.decode(C.Params.self, from: params.orEmptyObject, at: "params")
    try params.validate()
    return params
  }
}

extension JSONValue? {
  /// An absent or null object is an empty one.
  fileprivate var orEmptyObject: JSONValue {
    switch self {
    case nil, .some(.null): return .object([:])
    case .some(let value): return value
    }
  }
}

/// The JSON of a request for one command, for hosts written in Swift.
public struct Request<C: Command>: Encodable, Sendable {
  /// The command's parameters.
  public var params: C.Params
  /// See ``RequestEnvelope/deadlineMs``.
  public var deadlineMs: Int?
  /// See ``RequestEnvelope/key``.
  public var key: String?
  /// See ``RequestEnvelope/attachments``.
  public var attachments: [AttachmentDescriptor]?

  /// A request of its parts.
  public init(
    _ command: C.Type, _ params: C.Params, deadlineMs: Int? = nil, key: String? = nil,
    attachments: [AttachmentDescriptor]? = nil
  ) {
    self.params = params
    self.deadlineMs = deadlineMs
    self.key = key
    self.attachments = attachments
  }

  private enum CodingKeys: String, CodingKey {
    case method, params, deadlineMs, key, attachments
  }

  /// Encodes the request with the command's method name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(C.method, forKey: .method)
    try container.encode(params, forKey: .params)
    try container.encodeIfPresent(deadlineMs, forKey: .deadlineMs)
    try container.encodeIfPresent(key, forKey: .key)
    try container.encodeIfPresent(attachments, forKey: .attachments)
  }
}
