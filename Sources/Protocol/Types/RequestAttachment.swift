/// One attachment of a request: its description, checked against the frame, and where its bytes are.
public struct RequestAttachment: Sendable, Equatable {
  /// Where the bytes are.
  public enum Content: Sendable, Equatable {
    /// In the frame, uncopied.
    case bytes(ArraySlice<UInt8>)
    /// In a file that was not opened yet and may not be allowed.
    case file(String)
  }

  /// What the method calls it.
  public var name: String
  /// Media type the request declares, or nil: see ``MediaType/sniff(_:)``.
  public var declaredType: String?
  /// Where the bytes are.
  public var content: Content
  /// Layout of raw pixels, for `image/x-rgb` and `image/x-gray`.
  public var pixels: RawPixels?

  /// An attachment of its parts.
  public init(name: String, declaredType: String? = nil, content: Content, pixels: RawPixels? = nil) {
    self.name = name
    self.declaredType = declaredType
    self.content = content
    self.pixels = pixels
  }

  /// Cuts a frame's attachment bytes as the descriptors say. Without descriptors all bytes are one attachment `image`.
  ///
  /// - Throws: ``WireError`` `badParams` when the lengths do not sum exactly or a description contradicts itself;
  ///   `imageTooLarge` when raw pixels are over `limits.maxPixels`.
  public static func cut(
    _ bytes: ArraySlice<UInt8>, by descriptors: [AttachmentDescriptor]?, limits: Limits
  ) throws(WireError) -> [RequestAttachment] {
    guard let descriptors else {
      return bytes.isEmpty ? [] : [RequestAttachment(name: "image", content: .bytes(bytes))]
    }
    guard descriptors.count <= limits.maxAttachments else {
      throw .badParams(
        "attachments lists \(descriptors.count) items; at most \(limits.maxAttachments) are allowed.")
    }
    var rest = bytes
    var attachments: [RequestAttachment] = []
    attachments.reserveCapacity(descriptors.count)
    for (index, descriptor) in descriptors.enumerated() {
      let place = "attachments[\(index)]"
      let content: Content
      switch (descriptor.length, descriptor.path) {
      case (let length?, nil):
        guard length >= 0, length <= rest.count else {
          throw .badParams(
            "\(place).length is \(length), but \(rest.count) bytes are left of the \(bytes.count) in the frame.")
        }
        content = .bytes(rest.prefix(length))
        rest = rest.dropFirst(length)
      case (nil, let path?): content = .file(path)
      case (.some, .some): throw .badParams("\(place) has both length and path; it takes one of them.")
      case (nil, nil): throw .badParams("\(place) needs a length, or a path.")
      }
      let pixels = try RawPixels(descriptor, at: place, limits: limits)
      if let pixels, case .bytes(let part) = content { try pixels.check(length: part.count, at: place) }
      attachments.append(
        RequestAttachment(name: descriptor.name, declaredType: descriptor.type, content: content, pixels: pixels))
    }
    guard rest.isEmpty else {
      throw .badParams(
        "The attachments' lengths sum to \(bytes.count - rest.count), but the frame carries \(bytes.count) bytes.")
    }
    return attachments
  }
}
