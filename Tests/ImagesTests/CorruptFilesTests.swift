import Foundation
import Images
import Testing

/// A number of bytes from this process's status: `VmRSS` is what it holds at the moment, `VmPeak` the most address space
/// it ever had.
func processBytes(_ field: String) -> Int {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field + ":") })
  else { return 0 }
  return (Int(line.filter(\.isNumber)) ?? 0) * 1_024
}

@Suite struct CorruptFilesTests {
  /// 168 damaged files from the wild: each decodes or is an error, and the next good file decodes.
  @Test(.enabled(if: Fixtures.hasShared)) func everyFileEnds() throws {
    let files = try Fixtures.sharedFiles("corrupt")
    let good = try Fixtures.bytes("baseline-420.jpg")
    var counts: [String: Int] = [:]
    for (name, bytes) in files {
      let error = decodingError(bytes)
      counts[error?.code.rawValue ?? "decoded", default: 0] += 1
      if let error { #expect(error.message.hasSuffix("."), "\(name): \(error)") }
      #expect(decodingError(good) == nil)
    }
    #expect(files.count == 168)
    print("Corrupt files: \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
  }

  /// Errors must not leak what the libraries had allocated when they jumped out.
  @Test func failuresDoNotLeak() throws {
    let jpeg = try Fixtures.bytes("progressive.jpg")
    let png = try ImageEncoder.png(Fixtures.picture(101, 77))
    let samples = [jpeg, Array(jpeg.prefix(jpeg.count * 9 / 10)), png, Array(png.prefix(png.count * 9 / 10))]
    func run(_ times: Int) {
      for _ in 0..<times { for sample in samples { _ = decodingError(sample) } }
    }
    run(50)
    // Other tests run in this process too, so one round may see their memory. A leak shows in every round: one lost
    // coefficient array or set of rows a failure would be over 20 MB.
    let growths = (0..<5).map { _ in
      let before = processBytes("VmRSS")
      run(500)
      return processBytes("VmRSS") - before
    }
    #expect(growths.contains { $0 < 8 << 20 }, "\(growths)")
  }
}
