import Glibc
import Protocol
import Testing

@testable import WorkerService

@Suite final class PathPolicyTests {
  let base: String
  let root: String
  let policy: PathPolicy

  init() throws {
    var template = Array("\(P_tmpdir)/face-worker-paths-XXXXXX".utf8CString)
    base = try #require(mkdtemp(&template).map { String(cString: $0) })
    root = base + "/root"
    mkdir(root, 0o700)
    mkdir(root + "/sub", 0o700)
    mkdir(base + "/root-not", 0o700)
    for (name, text) in [("root/a.jpg", "inside"), ("root/sub/b.jpg", "deeper"), ("secret", "s"), ("root-not/c", "c")] {
      let file = open("\(base)/\(name)", O_WRONLY | O_CREAT, 0o600)
      _ = write(file, text, text.utf8.count)
      close(file)
    }
    symlink(base + "/secret", root + "/link-out")
    symlink(root + "/a.jpg", root + "/link-in")
    symlink(base, root + "/folder-out")
    symlink(root + "/nowhere", root + "/dangling")
    mkfifo(root + "/fifo", 0o600)
    policy = try PathPolicy(roots: [root])
  }

  deinit {
    for name in [
      "root/a.jpg", "root/sub/b.jpg", "secret", "root-not/c", "root/link-out", "root/link-in", "root/folder-out",
      "root/dangling", "root/fifo",
    ] { unlink("\(base)/\(name)") }
    for name in ["root/sub", "root", "root-not", ""] { rmdir("\(base)/\(name)") }
  }

  func code(_ path: String, policy: PathPolicy? = nil, maxBytes: Int = 100) -> ErrorCode? {
    do throws(WireError) {
      _ = try (policy ?? self.policy).read(path, maxBytes: maxBytes, name: "image")
      return nil
    } catch { return error.code }
  }

  @Test func readsFilesBelowTheRoot() throws {
    #expect(try policy.read(root + "/a.jpg", maxBytes: 100, name: "image") == Array("inside".utf8))
    #expect(try policy.read(root + "/sub/../sub/b.jpg", maxBytes: 6, name: "image") == Array("deeper".utf8))
    #expect(try policy.read(root + "/link-in", maxBytes: 100, name: "image") == Array("inside".utf8))
    #expect(code("/etc/passwd", policy: try PathPolicy(roots: ["/"]), maxBytes: 1_000_000) == nil)
  }

  @Test func givesOneAnswerForEverythingOutside() throws {
    let outside = [
      base + "/secret", base + "/missing", base + "/root-not/c", base + "/missing/x", root + "/../secret",
      root + "/../missing", root + "/link-out", root + "/folder-out/secret", root + "/folder-out/missing",
      "/etc/passwd",
      "/etc/nowhere", "", root, "a\0b", "relative/missing", "/", String(repeating: "x/", count: 5_000),
    ]
    var messages: Set<String> = []
    for path in outside {
      let error = #expect(throws: WireError.self) { try self.policy.read(path, maxBytes: 100, name: "image") }
      #expect(error?.code == .pathNotAllowed, "\(path.prefix(100))")
      messages.insert(error?.message ?? "")
    }
    #expect(messages.count == 1)
    #expect(code(root + "/a.jpg", policy: PathPolicy.none) == .pathNotAllowed)
  }

  @Test func namesWhatIsWrongBelowTheRoot() {
    #expect(code(root + "/missing") == .badParams)
    #expect(code(root + "/sub/missing") == .badParams)
    #expect(code(root + "/dangling") == .badParams)
    #expect(code(root + "/sub") == .badParams)
    #expect(code(root + "/fifo") == .badParams)
    #expect(code(root + "/a.jpg", maxBytes: 5) == .imageTooLarge)
  }

  @Test func refusesARootThatIsNotThere() {
    #expect(throws: PathPolicy.BadRoot.self) { try PathPolicy(roots: [self.base + "/missing"]) }
  }
}
