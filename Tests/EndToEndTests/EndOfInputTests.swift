import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// What was sent is answered, however soon the parent closes the pipe.
  @Suite struct EndOfInputTests {
    @Test func answersWhatRunsAndWaits() throws {
      let photo = try Photos.small("obama2.jpg")
      let worker = try WorkerProcess()
      for id in 1...20 { try worker.host.send(UInt64(id), Embed.self, images: [photo]) }
      #expect(try worker.finish() == .exit(0))
      #expect(worker.host.terminals == Dictionary(uniqueKeysWithValues: (1...20).map { (UInt64($0), 1) }))
      #expect(worker.host.frames.filter { $0.kind == .result }.count == 20)
    }

    /// One line through a pipe and its end right behind it, as `echo` and `printf` do.
    @Test func answersTheOnlyLine() throws {
      let folder = try Folder()
      let path = try folder.write(Photos.small("biden.jpg"), "photo.jpg")
      for round in 1...10 {
        let (lines, end) = try TextRun.run(
          #"{"id":1,"method":"detect","attachments":[{"name":"image","path":"\#(path)"}]}"# + "\n",
          ["--allow-path", folder.path])
        #expect(end == .exit(0))
        #expect(lines.map { $0["kind"] } == ["ready", "result"], "round \(round)")
      }
    }

    @Test func answersBeforeShutdown() throws {
      let worker = try WorkerProcess()
      let photo = try Photos.small("obama2.jpg")
      for id in 1...4 { try worker.host.send(UInt64(id), Detect.self, images: [photo]) }
      try worker.host.request(5, "shutdown")
      try worker.host.readToEnd()
      #expect(try worker.wait() == .exit(0))
      #expect(worker.host.frames.filter { $0.kind == .result }.map(\.id.value).last == 5)
      #expect(worker.host.terminals.count == 5)
    }

    @Test func finishesWhenTold() throws {
      let worker = try WorkerProcess()
      try worker.ready()
      worker.send(signal: 15)
      try worker.host.readToEnd()
      #expect(try worker.wait() == .exit(0))
    }

    /// kill -9 of the host: the pipe ends, and the worker with it, whether it worked or waited.
    @Test func endsWithAHostThatIsKilled() throws {
      for isBusy in [false, true] {
        let host = try WorkerProcess(wrapper: ["/bin/sh", "-c", #"exec 3<&0; "$0" "$@" <&3 3<&- & exec 3<&-; wait"#])
        let worker = Int32(try host.ready().pid)
        if isBusy { try host.host.send(1, Detect.self, images: [Photos.sample("obama.jpg")]) }
        #expect(worker != host.pid)
        host.send(signal: 9)
        _ = try host.wait()
        // Our end of the pipe is still open: only the death of its parent tells the worker.
        let began = ContinuousClock.now
        try host.host.readToEnd()
        #expect(ContinuousClock.now - began < .seconds(10))
        if isBusy { #expect(host.host.terminals == [1: 1]) }
      }
    }
  }
}
