/// `gallery.reembed`: make the templates of a model from kept crops. Long work: a job, with `progress` events.
public enum GalleryReembed: Command {
  /// Which model, and how.
  public struct Params: CommandParams {
    /// The id of the recognizer; absent: the active one.
    public var model: String?
    /// Templates written at a time, 1 to 256; 16 when absent.
    public var batch: Int?
    /// Whether to erase the other models' templates of subjects that were rebuilt fully; absent: they stay.
    public var dropOld: Bool?

    /// Parameters of their parts.
    public init(model: String? = nil, batch: Int? = nil, dropOld: Bool? = nil) {
      self.model = model
      self.batch = batch
      self.dropOld = dropOld
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.text(model, 1...256, "params.model")
      try Check.range(batch, 1...256, "params.batch")
    }
  }

  /// What was done, and what could not be.
  public struct Result: Codable, Sendable, Equatable {
    /// The id of the recognizer.
    public var model: String
    /// Templates made by this request.
    public var embedded: Int
    /// Templates of other models that have no counterpart of this one: no crop was kept, or it cannot be used.
    public var skipped: Int
    /// Subjects that the model does not know, since no usable crop of theirs was kept; at most 100 of them.
    public var withoutCrop: [String]
    /// How many such subjects there are.
    public var withoutCropCount: Int
    /// Subjects that the model knows now.
    public var subjects: Int
    /// With `dropOld`: templates of other models that were erased.
    public var dropped: Int?
    /// With `dropOld`: whether no erased byte is left in the files.
    public var walTruncated: Bool?

    /// A result of its parts.
    public init(
      model: String, embedded: Int, skipped: Int, withoutCrop: [String] = [], withoutCropCount: Int = 0,
      subjects: Int, dropped: Int? = nil, walTruncated: Bool? = nil
    ) {
      self.model = model
      self.embedded = embedded
      self.skipped = skipped
      self.withoutCrop = withoutCrop
      self.withoutCropCount = withoutCropCount
      self.subjects = subjects
      self.dropped = dropped
      self.walTruncated = walTruncated
    }
  }

  /// The name on the wire.
  public static let method = "gallery.reembed"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
