import Foundation

/// A small worker, written in Python, that misbehaves on demand and keeps a journal of what it was sent.
struct FakeWorker {
  let folder: URL
  let script: URL

  /// Writes the script to a folder of its own.
  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "supervision-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    script = folder.appending(path: "fake_worker.py")
    try FakeWorker.source.write(to: script, atomically: true, encoding: .utf8)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// The command that runs it, with options of its own.
  func command(_ options: String...) -> [String] { ["python3", script.path, folder.path] + options }

  /// What all its lives wrote down: "life method key" for requests, "life start pid", "life eof".
  var journal: [String] {
    let text = try? String(contentsOf: folder.appending(path: "journal"), encoding: .utf8)
    return text?.split(separator: "\n").map(String.init) ?? []
  }

  /// The process ids of all its lives and of their children.
  var processes: [Int32] {
    journal.compactMap { line in
      let words = line.split(separator: " ")
      return words.count == 3 && ["start", "child"].contains(words[1]) ? Int32(words[2]) : nil
    }
  }

  /// Whether a process is there and is not a zombie.
  static func isRunning(_ pid: Int32) -> Bool { state(of: pid).map { $0 != "Z" } ?? false }

  /// Whether a process is a zombie that this process should have reaped.
  static func isOurZombie(_ pid: Int32) -> Bool { state(of: pid, parent: getpid()) == "Z" }

  /// The letter that `ps` shows; nil when there is no such process, or it has another parent than the given one.
  private static func state(of pid: Int32, parent: Int32? = nil) -> Substring? {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 1, parent == nil || Int32(fields[1]) == parent else { return nil }
    return fields[0]
  }

  private static let source = #"""
    import json, os, signal, struct, subprocess, sys, time

    folder, options = sys.argv[1], sys.argv[2:]
    source = sys.stdin.buffer

    def note(text):
        with open(os.path.join(folder, "journal"), "a") as journal:
            journal.write(text + "\n")

    def send(kind, id, message, attachment=b""):
        body = json.dumps(message).encode()
        length = 16 + len(body) + len(attachment)
        data = struct.pack(">IBBBBQI", length, 0xFA, 1, kind, 0, id, len(body)) + body + attachment
        while data:
            data = data[os.write(1, data):]

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    try:
        with open(os.path.join(folder, "journal")) as journal:
            life = sum(" start " in line for line in journal) + 1
    except FileNotFoundError:
        life = 1
    note("%d start %d" % (life, os.getpid()))
    if "--dies-at-start" in options:
        sys.exit(2)
    if "--never-ready" in options:
        time.sleep(1000)
    if "--stubborn" in options:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    send(16, 0, {"life": life})

    while True:
        prefix = source.read(4)
        if len(prefix) < 4:
            note("%d eof" % life)
            sys.exit(5 if "--status-5" in options else 0)
        payload = source.read(struct.unpack(">I", prefix)[0])
        magic, version, kind, flags, id, length = struct.unpack_from(">BBBBQI", payload)
        message, attachment = json.loads(payload[16:16 + length]), payload[16 + length:]
        method, params = message.get("method"), message.get("params", {})
        if kind == 2:
            send(19, id, {"error": {"code": "cancelled", "message": "cancelled", "retry": "now"}})
            continue
        if method == "ping":
            send(18, id, {"result": {}})
            continue
        note(" ".join([str(life), method, message.get("key", "-")]))
        if "hold" in params and life == 1:
            continue
        for index in range(params.get("images", 0)):
            if life == 1 and index == params.get("crashAt"):
                die()
            send(17, id, {"event": "image", "index": index})
        if "poison" in params or ("crash" in params and life == 1):
            die()
        if "crashOnce" in params:
            try:
                open(os.path.join(folder, "crashed-" + message.get("key", "")), "x").close()
                die()
            except FileExistsError:
                pass
        if "crashInFrame" in params and life == 1:
            os.write(1, struct.pack(">IBB", 1000, 0xFA, 1))
            die()
        if "allocate" in params:
            bytearray(params["allocate"] << 20)
        if "hang" in params and life == 1:
            time.sleep(1000)
        if "chatter" in params and life == 1:
            os.write(1, b"Downloading model: 100%\n")
        if "child" in params:
            child = subprocess.Popen(["sleep", "1000"])
            note("%d child %d" % (life, child.pid))
        for _ in range(params.get("flood", 0)):
            os.write(2, b"x" * 1023 + b"\n")
        send(18, id, {"result": {"life": life, "bytes": len(attachment)}}, attachment)
    """#
}
