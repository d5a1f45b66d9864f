import Glibc
internal import Protocol

/// The trainer's end of the pipes: frames in, frames out. Used by one thread at a time.
final class TrainerPipe {
  private let input: Int32
  private let output: Int32
  private var decoder = FrameDecoder(from: .parent, limits: .toTrainer)
  private let encoder = FrameEncoder(limits: .fromTrainer)

  init(input: Int32, output: Int32) {
    self.input = input
    self.output = output
  }

  /// The next frame; `nil` at the end of input.
  ///
  /// - Throws: ``FrameError``.
  func next() throws -> Frame? {
    let size = 1 << 17
    return try withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
      while true {
        if let frame = try decoder.next() { return frame }
        let count = read(input, buffer.baseAddress, size)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return nil }
        decoder.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
  }

  /// Ends the process as soon as the worker closes the pipe or dies: from now on nothing else is read.
  func exitAtEndOfInput() throws {
    let input = input
    try ServiceThread("fw-parent") {
      var byte: UInt8 = 0
      while true {
        let count = read(input, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { _exit(0) }
      }
    }.detach()
  }

  /// Sends a frame whole. Without a reader the process ends: nobody wants the outcome.
  func send(_ kind: FrameKind, _ value: some Encodable) throws {
    let json = try WireJSON.encode(value)
    let bytes = try encoder.encode(Frame(kind: kind, id: RequestID(1) ?? .connection, json: json[...]))
    let problem = bytes.withUnsafeBytes { DurableFile.writeAll($0, to: output) }
    if problem != 0 { _exit(0) }
  }
}
