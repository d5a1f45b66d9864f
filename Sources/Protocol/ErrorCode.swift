/// A stable name for what went wrong. Codes never change meaning; messages may.
///
/// The type is open: a host built against an older library still decodes a code it does not know.
public struct ErrorCode: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
  /// The code as it stands in the JSON.
  public let rawValue: String

  /// Any code, known to this library or not.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The code as it stands in the JSON.
  public var description: String { rawValue }

  /// The bytes on the pipe are not a frame, or an id was used twice; the connection is lost (id 0, exit 65).
  public static let badFrame = ErrorCode(rawValue: "badFrame")
  /// The JSON of one request cannot be read: syntax, UTF-8, size, depth, or it is not an object.
  public static let badJSON = ErrorCode(rawValue: "badJSON")
  /// A parameter is missing, of the wrong type or out of range, or the attachments do not fit the method.
  public static let badParams = ErrorCode(rawValue: "badParams")
  /// The worker has no method of that name.
  public static let unknownMethod = ErrorCode(rawValue: "unknownMethod")
  /// The queue is full, or the worker is stopping; send the request again after `retryAfterMs`.
  public static let busy = ErrorCode(rawValue: "busy")
  /// `deadlineMs` passed before the work was done.
  public static let deadlineExceeded = ErrorCode(rawValue: "deadlineExceeded")
  /// The parent cancelled the request, or the worker was told to stop before it was done.
  public static let cancelled = ErrorCode(rawValue: "cancelled")
  /// The bytes are damaged, cut short, or no image at all.
  public static let imageUndecodable = ErrorCode(rawValue: "imageUndecodable")
  /// The image has more pixels or bytes than the limits allow.
  public static let imageTooLarge = ErrorCode(rawValue: "imageTooLarge")
  /// The image is of a format or kind this worker does not decode.
  public static let imageUnsupported = ErrorCode(rawValue: "imageUnsupported")
  /// The method needs a face and the image shows none.
  public static let noFace = ErrorCode(rawValue: "noFace")
  /// The method needs exactly one face and the image shows several.
  public static let multipleFaces = ErrorCode(rawValue: "multipleFaces")
  /// The face is too poor to be enrolled; `details.reasons` says in which way.
  public static let lowQuality = ErrorCode(rawValue: "lowQuality")
  /// No subject has that id.
  public static let subjectNotFound = ErrorCode(rawValue: "subjectNotFound")
  /// Another subject already has that id.
  public static let subjectExists = ErrorCode(rawValue: "subjectExists")
  /// No model has that id.
  public static let modelNotFound = ErrorCode(rawValue: "modelNotFound")
  /// The gallery holds templates of another model.
  public static let modelMismatch = ErrorCode(rawValue: "modelMismatch")
  /// The model's files are damaged, incomplete or not what the manifest says.
  public static let modelInvalid = ErrorCode(rawValue: "modelInvalid")
  /// The stream or job the request speaks of no longer exists.
  public static let sessionLost = ErrorCode(rawValue: "sessionLost")
  /// The gallery or the media directory could not be read or written.
  public static let storageFailed = ErrorCode(rawValue: "storageFailed")
  /// An attachment's path is not below an allowed root.
  public static let pathNotAllowed = ErrorCode(rawValue: "pathNotAllowed")
  /// There is not enough memory for this request.
  public static let outOfMemory = ErrorCode(rawValue: "outOfMemory")
  /// A defect of the worker.
  public static let `internal` = ErrorCode(rawValue: "internal")

  /// Every code of this version, in the order of PROTOCOL.md.
  public static let all: [ErrorCode] = [
    .badFrame, .badJSON, .badParams, .unknownMethod, .busy, .deadlineExceeded, .cancelled, .imageUndecodable,
    .imageTooLarge, .imageUnsupported, .noFace, .multipleFaces, .lowQuality, .subjectNotFound, .subjectExists,
    .modelNotFound, .modelMismatch, .modelInvalid, .sessionLost, .storageFailed, .pathNotAllowed, .outOfMemory,
    .internal,
  ]

  /// Encodes the plain string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  /// Decodes the plain string.
  public init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }
}
