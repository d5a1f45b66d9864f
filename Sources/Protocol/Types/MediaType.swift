/// Tells image formats apart by their first bytes.
public enum MediaType {
  /// The media type of a file that starts with `bytes`; `application/octet-stream` when none is known.
  ///
  /// Formats that cannot be decoded are recognized too, so that the error can name them.
  public static func sniff(_ bytes: ArraySlice<UInt8>) -> String {
    let head = Array(bytes.prefix(12))
    func has(_ text: StaticString, at offset: Int = 0) -> Bool {
      let count = text.utf8CodeUnitCount
      guard head.count >= offset + count else { return false }
      return head[offset..<offset + count].elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
    }
    if head.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
    if has("GIF8") { return "image/gif" }
    if has("RIFF"), has("WEBP", at: 8) { return "image/webp" }
    if has("BM") { return "image/bmp" }
    if head.starts(with: [0x49, 0x49, 0x2A, 0]) || head.starts(with: [0x4D, 0x4D, 0, 0x2A]) { return "image/tiff" }
    if has("ftyp", at: 4) {
      if has("avif", at: 8) || has("avis", at: 8) { return "image/avif" }
      if has("hei", at: 8) || has("hev", at: 8) || has("mif1", at: 8) || has("msf1", at: 8) { return "image/heic" }
    }
    return "application/octet-stream"
  }
}
