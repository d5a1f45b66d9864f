/// One method of the wire: its name, what it takes and what it returns. No behavior.
public protocol Command: Sendable {
  /// The object under `params`.
  associatedtype Params: CommandParams
  /// The object under `result`.
  associatedtype Result: Codable & Sendable & Equatable
  /// The name under `method`.
  static var method: String { get }
  /// What the method expects after the JSON.
  static var attachments: AttachmentRule { get }
}

/// Parameters of a command.
public protocol CommandParams: Codable, Sendable, Equatable {
  /// Checks the ranges of fields whose types are already right.
  ///
  /// - Throws: ``WireError`` `badParams` naming the field.
  func validate() throws(WireError)
}

extension CommandParams {
  /// Everything of the right type is allowed.
  public func validate() throws(WireError) {}
}

/// Parameters of a command that has none: `{}`.
public struct NoParams: CommandParams {
  /// No parameters.
  public init() {}

  private enum CodingKeys: CodingKey {}

  /// Decodes any object.
  public init(from decoder: any Decoder) throws {
    _ = try decoder.container(keyedBy: CodingKeys.self)
  }

  /// Encodes `{}`.
  public func encode(to encoder: any Encoder) throws {
    _ = encoder.container(keyedBy: CodingKeys.self)
  }
}

/// What a command expects after the JSON.
public enum AttachmentRule: Sendable, Equatable {
  /// Nothing.
  case none
  /// Anything or nothing: the method looks for itself.
  case any
  /// One image or many, of any name.
  case images
  /// Exactly one image, of any name.
  case image
  /// Images of any name, or none.
  case optionalImages
  /// Exactly these names, one attachment each.
  case named([String])

  /// Checks the attachments of a request.
  ///
  /// - Throws: ``WireError`` `badParams`.
  public func check(_ attachments: [RequestAttachment], method: String) throws(WireError) {
    switch self {
    case .any: break
    case .none:
      guard attachments.isEmpty else { throw .badParams("\(method) takes no attachments, found \(attachments.count).") }
    case .optionalImages: break
    case .images:
      guard !attachments.isEmpty else { throw .badParams("\(method) needs at least one image as an attachment.") }
    case .image:
      guard attachments.count == 1 else {
        throw .badParams("\(method) needs exactly one image as an attachment, found \(attachments.count).")
      }
    case .named(let names):
      guard attachments.map(\.name).sorted() == names.sorted() else {
        throw .badParams("\(method) needs the attachments \(names.joined(separator: " and ")), one each.")
      }
    }
  }
}
