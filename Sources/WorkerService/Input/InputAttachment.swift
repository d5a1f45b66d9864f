package import Protocol

/// An attachment as a handler sees it: named now, read when needed.
package struct InputAttachment: Sendable {
  /// Position in the request, counted from 0.
  package let index: Int
  /// What the request calls it.
  package let name: String
  /// Layout of raw pixels, for `image/x-rgb` and `image/x-gray`.
  package let pixels: RawPixels?

  private let content: RequestAttachment.Content
  private let declaredType: String?
  private let policy: PathPolicy
  private let maxBytes: Int

  init(_ attachment: RequestAttachment, index: Int, policy: PathPolicy, maxBytes: Int) {
    self.index = index
    name = attachment.name
    pixels = attachment.pixels
    content = attachment.content
    declaredType = attachment.declaredType
    self.policy = policy
    self.maxBytes = maxBytes
  }

  /// Where bytes can be read without holding all of them.
  enum Source {
    /// In the frame.
    case bytes(ArraySlice<UInt8>)
    /// In an open file, to be closed by whoever asked; the size is that of the moment it was opened.
    case file(descriptor: Int32, size: Int)
  }

  /// Opens the attachment, of any size.
  ///
  /// - Throws: ``WireError`` `pathNotAllowed` or `badParams`.
  func open() throws(WireError) -> Source {
    switch content {
    case .bytes(let slice): return .bytes(slice)
    case .file(let path):
      let file = try policy.openFile(path, name: name)
      return .file(descriptor: file.descriptor, size: file.size)
    }
  }

  /// An attachment that is a file, as if the request had listed it.
  static func file(_ path: String, name: String, context: RequestContext) -> InputAttachment {
    InputAttachment(
      RequestAttachment(name: name, content: .file(path)), index: 0, policy: context.paths,
      maxBytes: context.limits.maxFrame)
  }

  /// What ``load()`` returns.
  package struct Loaded: Sendable {
    /// The bytes; a slice of the frame, or the file's contents.
    package let bytes: ArraySlice<UInt8>
    /// Media type: a raw type as declared, else as the first bytes tell.
    package let type: String
  }

  /// The bytes and their type. A file is read anew on every call and kept by nobody.
  ///
  /// - Throws: ``WireError`` `pathNotAllowed`, `badParams` or `imageTooLarge`.
  package func load() throws(WireError) -> Loaded {
    let bytes: ArraySlice<UInt8>
    switch content {
    case .bytes(let slice): bytes = slice
    case .file(let path):
      bytes = try policy.read(path, maxBytes: maxBytes, name: name)[...]
      try pixels?.check(length: bytes.count, at: "attachments[\(index)]")
    }
    if pixels != nil, let declaredType { return Loaded(bytes: bytes, type: declaredType) }
    let sniffed = MediaType.sniff(bytes)
    let isUnknown = sniffed == "application/octet-stream"
    return Loaded(bytes: bytes, type: isUnknown ? declaredType ?? sniffed : sniffed)
  }
}
