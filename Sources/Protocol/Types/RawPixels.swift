/// Layout of uncompressed pixels: 8 bits a channel, interleaved, rows from top to bottom.
public struct RawPixels: Sendable, Equatable {
  /// 3 for `image/x-rgb`, 1 for `image/x-gray`.
  public var channels: Int
  /// Pixels in a row.
  public var width: Int
  /// Rows.
  public var height: Int
  /// Bytes from the start of one row to the start of the next.
  public var stride: Int

  /// The raw media types and their channels.
  public static let types = ["image/x-rgb": 3, "image/x-gray": 1]

  /// Bytes that hold the last pixel and all before it. Cannot overflow: the initializer checked it.
  public var requiredLength: Int { stride * (height - 1) + width * channels }

  /// The layout a descriptor states; nil when its type is not a raw one.
  ///
  /// - Throws: ``WireError`` `badParams` or `imageTooLarge`.
  init?(_ descriptor: AttachmentDescriptor, at place: String, limits: Limits) throws(WireError) {
    guard let type = descriptor.type, let channels = RawPixels.types[type] else { return nil }
    guard let width = descriptor.width, let height = descriptor.height, width > 0, height > 0 else {
      throw .badParams("\(place) of type \(type) needs a width and a height of at least 1.")
    }
    let pixels = width.multipliedReportingOverflow(by: height)
    guard !pixels.overflow, pixels.partialValue <= limits.maxPixels else {
      throw WireError(.imageTooLarge, "\(place) has \(width) x \(height) pixels; at most \(limits.maxPixels).")
    }
    let row = width * channels
    let stride = descriptor.stride ?? row
    let total = stride.multipliedReportingOverflow(by: height)
    guard stride >= row, !total.overflow else {
      throw .badParams("\(place).stride is \(stride); a row of \(width) pixels of \(type) has \(row) bytes.")
    }
    self.channels = channels
    self.width = width
    self.height = height
    self.stride = stride
  }

  /// Checks that a buffer holds exactly these pixels; the padding of the last row may be left out.
  ///
  /// - Throws: ``WireError`` `badParams`.
  public func check(length: Int, at place: String) throws(WireError) {
    guard length >= requiredLength, length <= stride * height else {
      throw .badParams(
        "\(place) has \(length) bytes; \(width) x \(height) pixels of \(channels) channels with a stride of "
          + "\(stride) have \(stride * height).")
    }
  }
}
