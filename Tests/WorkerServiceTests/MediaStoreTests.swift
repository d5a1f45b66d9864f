import Foundation
import Protocol
import Testing
import WorkerService

@Suite struct MediaStoreTests {
  /// A folder that does not exist yet, below one that is removed with everything in it.
  final class Place {
    let root: String
    var path: String { root + "/media" }

    init() throws {
      root = FileManager.default.temporaryDirectory.path() + "/face-worker-media-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Every file, hidden ones too.
    func names() throws -> Set<String> { Set(try FileManager.default.contentsOfDirectory(atPath: path)) }

    func plant(_ name: String, bytes: Int = 10, age: Int = 0) throws {
      try Data(count: bytes).write(to: URL(filePath: path + "/" + name))
      try makeOlder(name, by: age)
    }

    func makeOlder(_ name: String, by age: Int) throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -Double(age))], ofItemAtPath: path + "/" + name)
    }
  }

  static func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  static func name(_ media: Media) -> String { String(media.path.split(separator: "/").last ?? "") }

  static let picture = Array("a picture".utf8)

  @Test func takesBackAFileThatNoResultNames() throws {
    let place = try Place()
    let store = try MediaStore(folder: place.path, baseURL: nil)
    let kept = try store.write(Self.picture, type: "image/jpeg", suffix: "jpg", showing: ["ada"])
    let taken = try store.write(Self.picture, type: "image/jpeg", suffix: "jpg", showing: ["ada"])
    store.remove(taken)
    #expect(try place.names() == [Self.name(kept), ".\(Self.name(kept)).subjects"])
    // Only what lies in the folder.
    try place.plant("other", bytes: 1)
    store.remove(Media(path: place.root + "/media/../media/other", type: "", bytes: 1, sha256: ""))
    #expect(try place.names().contains("other"))
    #expect(store.remove(showing: "ada") == 1)
  }

  static func write(
    _ store: MediaStore, _ bytes: [UInt8] = picture, showing subjects: Set<String> = []
  ) throws -> String {
    name(try store.write(bytes, type: "image/jpeg", suffix: "jpg", showing: subjects))
  }

  // MARK: Writing

  @Test func writesWhatItSays() throws {
    let place = try Place()
    let store = try MediaStore(folder: place.path + "/below/", baseURL: "https://example.org/m/")
    let media = try store.write(Array("abc".utf8), type: "image/png", suffix: "png")
    #expect(media.bytes == 3)
    #expect(media.type == "image/png")
    #expect(media.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(try Data(contentsOf: URL(filePath: media.path)) == Data("abc".utf8))
    #expect(media.url == "https://example.org/m/" + Self.name(media))
    #expect(try MediaStore(folder: place.path, baseURL: nil).write([], type: "", suffix: "x").url == nil)
  }

  @Test func nobodyElseMayRead() throws {
    let place = try Place()
    let before = umask(0)
    defer { umask(before) }
    let store = try MediaStore(folder: place.path + "/a/b", baseURL: nil)
    let name = try Self.write(store, showing: ["ada"])
    let files = try FileManager.default.contentsOfDirectory(atPath: place.path + "/a/b")
    #expect(files.count == 2 && files.contains(name))
    for file in files { #expect(try Self.mode(place.path + "/a/b/" + file) == 0o600) }
    for folder in ["", "/a", "/a/b"] { #expect(try Self.mode(place.path + folder) == 0o700) }
  }

  @Test func namesCannotBeGuessed() throws {
    let place = try Place()
    let store = try MediaStore(folder: place.path, baseURL: nil)
    var names: Set<String> = []
    for _ in 0..<300 { names.insert(try Self.write(store)) }
    #expect(names.count == 300)
    #expect(names.allSatisfy { $0.wholeMatch(of: /fw-[0-9a-f]{32}\.jpg/) != nil })
    // Every digit takes every value: nothing in the name is a counter or a clock.
    for place in 3..<35 { #expect(Set(names.map { Array($0.utf8)[place] }).count == 16) }
    #expect(try place.names() == names, "no temporary file stays behind")
  }

  @Test func manyThreadsWriteAtOnce() async throws {
    let place = try Place()
    let store = try MediaStore(folder: place.path, baseURL: nil)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask { _ = try Self.write(store, Array(repeating: UInt8(number), count: 5000), showing: ["s"]) }
      }
      try await group.waitForAll()
    }
    #expect(try place.names().count == 400)
    #expect(store.remove(showing: "s") == 200)
    #expect(try place.names().isEmpty)
  }

  // MARK: Erasing

  @Test func removesThePicturesOfASubjectAndNothingElse() throws {
    let place = try Place()
    let store = try MediaStore(folder: place.path, baseURL: nil)
    _ = try Self.write(store, showing: ["ada"])
    _ = try Self.write(store, showing: ["ada", "bob"])
    let bobs = try Self.write(store, showing: ["bob"])
    let nobodys = try Self.write(store)
    try place.plant("ada.jpg")
    let lists = try place.names().filter { $0.hasSuffix(".subjects") }
    #expect(lists.count == 3)
    for list in lists {
      let text = try String(contentsOfFile: place.path + "/" + list, encoding: .utf8)
      #expect(!text.contains("ada") && !text.contains("bob"), "ids are not written down")
    }
    #expect(store.remove(showing: "ad") == 0)
    #expect(store.remove(showing: "ada") == 2)
    #expect(try place.names() == [bobs, "." + bobs + ".subjects", nobodys, "ada.jpg"])
    #expect(store.remove(showing: "ada") == 0)
    // Another process on the same folder finds them too.
    #expect(try MediaStore(folder: place.path, baseURL: nil).remove(showing: "bob") == 1)
    #expect(try place.names() == [nobodys, "ada.jpg"])
  }

  @Test func aNewIDFindsThePicturesOfTheOldOne() throws {
    let place = try Place()
    let store = try MediaStore(folder: place.path, baseURL: nil)
    _ = try Self.write(store, showing: ["ada", "bob"])
    let bobs = try Self.write(store, showing: ["bob"])
    try store.show("lovelace", where: "ada")
    try store.show("lovelace", where: "ada")
    for file in try place.names() { #expect(try Self.mode(place.path + "/" + file) == 0o600) }
    #expect(store.remove(showing: "lovelace") == 1)
    #expect(try place.names() == [bobs, "." + bobs + ".subjects"])
  }

  // MARK: Quotas

  /// Files that only look a little like ours, all very old.
  static let foreign = [
    "holiday.jpg", "fw-notes.txt", ".hidden", "fw-a long name that is not for a program to remove.jpg",
    "fw-0123456789abcdef0123456789abcdeX.jpg", "fw-0123456789abcdef0123456789abcdef", "notes.part", ".x.jpg.subjects",
  ]

  @Test func oldPicturesGoWithTheirListsAndForeignFilesStay() throws {
    let place = try Place()
    var quota = MediaStore.Quota()
    quota.age = 1000
    let store = try MediaStore(folder: place.path, baseURL: nil, quota: quota)
    for name in Self.foreign { try place.plant(name, age: 1_000_000) }
    let old = try Self.write(store, showing: ["ada"])
    let young = try Self.write(store, showing: ["ada"])
    try place.makeOlder(old, by: 1010)
    try place.makeOlder("." + old + ".subjects", by: 1010)
    try place.makeOlder(young, by: 990)
    // The list is a little older than its picture; they go together.
    try place.makeOlder("." + young + ".subjects", by: 1005)
    store.prune()
    #expect(try place.names() == Set(Self.foreign + [young, "." + young + ".subjects"]))
  }

  @Test func theOldestGoWhenThereAreTooManyBytes() throws {
    let place = try Place()
    var quota = MediaStore.Quota()
    quota.bytes = 5000
    let store = try MediaStore(folder: place.path, baseURL: nil, quota: quota)
    for name in Self.foreign { try place.plant(name, bytes: 4000, age: 1_000_000) }
    var names: [String] = []
    for number in 0..<8 {
      names.append(try Self.write(store, Array(repeating: 1, count: 1000), showing: ["s\(number)"]))
      for file in [names[number], "." + names[number] + ".subjects"] {
        try place.makeOlder(file, by: 800 - number * 100)
      }
    }
    store.prune()
    let kept = names.suffix(4)
    #expect(try place.names() == Set(Self.foreign + kept + kept.map { "." + $0 + ".subjects" }))
    // A picture never loses its list while it stays: it could not be found when its subject is erased.
    #expect(store.remove(showing: "s4") == 1)
    store.prune()
    #expect(try place.names() == Set(Self.foreign + names.suffix(3) + names.suffix(3).map { "." + $0 + ".subjects" }))
  }

  @Test func writingPrunesNowAndThen() throws {
    let place = try Place()
    var quota = MediaStore.Quota()
    quota.bytes = 10_000
    let store = try MediaStore(folder: place.path, baseURL: nil, quota: quota)
    for _ in 0..<256 { _ = try Self.write(store, Array(repeating: 1, count: 1000)) }
    #expect(try place.names().count <= 10)
  }

  @Test func leftoversOfACrashGo() throws {
    let place = try Place()
    let store = try MediaStore(folder: place.path, baseURL: nil)
    let stem = "fw-" + String(repeating: "0a", count: 16)
    try place.plant(".\(stem).jpg-0123456789abcdef.part", age: 4000)
    try place.plant(".\(stem).jpg-fedcba9876543210.part", age: 10)
    let lonely = "fw-" + String(repeating: "1b", count: 16)
    try place.plant(".\(lonely).jpg.subjects", age: 4000)
    try place.plant(".\(stem).jpg.subjects", age: 10)
    store.prune()
    #expect(try place.names() == [".\(stem).jpg-fedcba9876543210.part", ".\(stem).jpg.subjects"])
  }

  // MARK: Folders that cannot be used

  @Test func aFolderThatCannotBeUsedIsRefused() throws {
    let place = try Place()
    try Data([1]).write(to: URL(filePath: place.root + "/file"))
    var folders = [place.root + "/file", place.root + "/file/below", "/proc/face-worker-media"]
    if geteuid() != 0 {
      try FileManager.default.createDirectory(
        atPath: place.root + "/sealed", withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
      folders += [place.root + "/sealed", place.root + "/sealed/below"]
    } else {
      print("skipped: folders sealed by their mode, as nothing is sealed for the superuser")
    }
    for folder in folders {
      let error = #expect(throws: WireError.self) { try MediaStore(folder: folder, baseURL: nil) }
      #expect(error?.code == .storageFailed, "\(folder)")
    }
  }

  @Test func aFolderThatDisappearsIsAnErrorOfTheRequest() throws {
    let place = try Place()
    let store = try MediaStore(folder: place.path, baseURL: nil)
    _ = try Self.write(store)
    try FileManager.default.removeItem(atPath: place.path)
    let error = #expect(throws: WireError.self) { try Self.write(store) }
    #expect(error?.code == .storageFailed)
    #expect(store.remove(showing: "ada") == 0)
    store.prune()
    try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: false)
    let name = try Self.write(store)
    #expect(try place.names() == [name])
  }
}
