import FoundationEssentials
import Glibc
import Protocol
import Testing

@testable import WorkerService

/// Photos are found below the allowed folders only, whatever links say.
@Suite final class PhotoFinderTests {
  private let base: String
  private let root: String
  private let policy: PathPolicy

  init() throws {
    var template = Array("\(P_tmpdir)/face-worker-photos-XXXXXX".utf8CString)
    base = try #require(mkdtemp(&template).map { String(cString: $0) })
    root = base + "/people"
    for folder in ["/people", "/people/ada", "/people/ada/deep", "/people/bob", "/people/empty", "/other", "/other/eve"] {
      mkdir(base + folder, 0o700)
    }
    for file in [
      "people/ada/2.JPG", "people/ada/1.jpg", "people/ada/notes.txt", "people/ada/.hidden.jpg", "people/ada/deep/3.webp",
      "people/bob/b.png", "people/loose.jpg", "people/empty/list.csv", "other/eve/e.jpg",
    ] {
      let descriptor = open("\(base)/\(file)", O_WRONLY | O_CREAT, 0o600)
      _ = write(descriptor, file, file.utf8.count)
      close(descriptor)
    }
    symlink(base + "/other/eve", root + "/eve")
    symlink(root + "/ada", root + "/ada/deep/loop")
    symlink(root + "/bob", root + "/carl")
    policy = try PathPolicy(roots: [root])
  }

  deinit { try? FileManager.default.removeItem(atPath: base) }

  private func shown(_ photos: [FoundPhoto]) -> [String] { photos.map(\.shown) }

  @Test func findsPeopleAndTheirPhotos() throws {
    var finder = PhotoFinder(policy)
    let people = try finder.people(in: root, field: "params.enroll")
    // A link to a folder within the roots is one more person; one that leads out is nobody.
    #expect(people.map(\.name) == ["ada", "bob", "carl"])
    #expect(shown(people[0].photos) == ["ada/1.jpg", "ada/2.JPG", "ada/deep/3.webp"])
    #expect(people[0].photos[0].path == root + "/ada/1.jpg")
    #expect(shown(people[2].photos) == ["carl/b.png"])
  }

  @Test func findsPhotosAtAnyDepthOnce() throws {
    var finder = PhotoFinder(policy)
    let photos = shown(try finder.photos(in: root + "/ada", field: "params.strangers"))
    #expect(photos == ["1.jpg", "2.JPG", "deep/3.webp"])
    #expect(shown(try finder.photos(in: root, field: "x")).contains("loose.jpg"))
  }

  private func error(_ path: String, _ limit: Int = 100) -> WireError? {
    do {
      _ = try policy.list(path, field: "params.enroll", limit: limit)
      return nil
    } catch {
      return error
    }
  }

  @Test func listsNothingOutside() {
    for path in ["", "/", base, base + "/other", base + "/missing", root + "/eve", root + "/..", "/etc", "a\u{0}b"] {
      #expect(error(path)?.code == .pathNotAllowed, "\(path)")
    }
    #expect(error(root) == nil && error(root + "/ada/../bob") == nil)
    #expect(error(root + "/missing")?.code == .badParams)
    #expect(error(root + "/loose.jpg")?.code == .badParams)
    #expect(error(root, 3)?.code == .badParams)
    #expect(PathPolicy.none.roots.isEmpty)
    #expect(throws: WireError.self) { try PathPolicy.none.list(root, field: "x", limit: 10) }
  }

  @Test func tellsOnlyWhatIsPlainlyMissing() {
    for path in ["/missing.jpg", "/missing/folder/1.jpg", "/ada/9.jpg"] {
      #expect(policy.isPlainlyMissing(root + path))
    }
    symlink(base + "/nowhere", root + "/dangling")
    for path in ["/ada/1.jpg", "/eve/x.jpg", "/dangling", "/dangling/x.jpg", "/../other/x.jpg", "", "/eve/a/b/c"] {
      #expect(!policy.isPlainlyMissing(root + path), "\(path)")
    }
    #expect(!policy.isPlainlyMissing(base + "/nowhere.jpg") && !policy.isPlainlyMissing("relative.jpg"))
  }

  private func set(_ params: EvaluateIdentification.Params) throws -> IdentificationSet {
    try IdentificationSet(params, policy)
  }

  @Test func theRestOfTheEnrolledFolderIsLookedUp() throws {
    let set = try set(.init(enroll: root, enrollPhotos: 1))
    #expect(set.people.map(\.name) == ["ada", "bob", "carl"] && set.enrolledCount == 3)
    #expect(set.probes.map(\.photo.shown) == ["ada/2.JPG", "ada/deep/3.webp"])
    #expect(set.probes.allSatisfy { $0.person == 0 && $0.group == 0 })
  }

  @Test func whoIsNotEnrolledIsAStranger() throws {
    let set = try set(.init(enroll: root, probes: root, strangers: root, enrollPhotos: 2, maxStrangers: 1))
    // Enrolled files are not looked up; loose photos of the strangers' folder are strangers, those of ada are left out.
    #expect(set.probes.map(\.photo.shown) == ["ada/deep/3.webp", "loose.jpg"])
    #expect(set.probes[1].person == nil && set.probes[1].group == 3 && set.groups == 4)
    // A folder that is there twice counts once.
    #expect(set.leftOut == 4)
  }

  @Test func saysWhenThereIsNobody() {
    #expect(throws: WireError.self) { try set(.init(enroll: root + "/ada")) }
    #expect(throws: WireError.self) { try set(.init(enroll: root + "/empty")) }
    #expect(throws: WireError.self) { try set(.init(enroll: root)) }
    #expect(throws: WireError.self) { try set(.init(enroll: root, probes: base)) }
  }
}
