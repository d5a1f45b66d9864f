import Protocol
import Testing

@testable import WorkerService

@Suite struct StreamTableTests {
  @Test func boundsTheOpenStreams() throws {
    let table = StreamTable(limits: Limits(maxStreams: 3))
    let streams = try (0..<3).map { _ in try table.open(StreamSettings()) }
    #expect(Set(streams.map(\.id)).count == 3)
    for _ in 0..<5_000 {
      let error = #expect(throws: WireError.self) { try table.open(StreamSettings()) }
      #expect(error?.code == .busy && error?.retryAfterMs != nil)
    }
    _ = try table.close(streams[1].id)
    #expect(throws: WireError.self) { try table.close(streams[1].id) }
    _ = try table.open(StreamSettings())
    #expect(table.count == 3)
  }

  @Test func forgetsStreamsThatNobodyFeeds() throws {
    let table = StreamTable(limits: Limits(maxStreams: 1, streamIdleMs: 0))
    let first = try table.open(StreamSettings())
    while !first.isIdle(afterMs: 0) {}
    let error = #expect(throws: WireError.self) { try table.find(first.id) }
    #expect(error?.code == .sessionLost && error?.retry == .now)
    let second = try table.open(StreamSettings())
    while !second.isIdle(afterMs: 0) {}
    // Full, but of a stream that is over.
    _ = try table.open(StreamSettings())
    #expect(table.count == 1)
  }

  @Test func aClosedStreamWorksOnNothing() throws {
    let table = StreamTable(limits: .standard)
    let stream = try table.open(StreamSettings())
    #expect(stream.arrive() == 1)
    #expect(stream.arrive() == 2)
    stream.drop()
    let closed = try table.close(stream.id)
    #expect(closed.counts == StreamClose.Result(frames: 2, dropped: 1, tracks: 0))
    let error = #expect(throws: WireError.self) { try stream.work { _, _ in true } }
    #expect(error?.code == .sessionLost)
  }

  @Test func theClockNeverGoesBack() {
    var clock = StreamClock()
    let start = Moment.now
    func time(_ timeMs: Double?, after milliseconds: Int = 0) -> Double {
      (clock.advance(timeMs, arrival: start.advanced(byMs: milliseconds)) * 1_000).rounded() / 1_000
    }
    #expect(time(1_000) == 0)
    #expect(time(1_040) == 0.04)
    // From the past, as when a clip starts over: it takes no time, and goes on from there.
    #expect(time(0) == 0.04)
    #expect(time(40) == 0.08)
    #expect(time(nil, after: 100) == 0.18)
    #expect(time(nil, after: 150) == 0.23)
    #expect(time(1e12, after: 200) > 0.2)
    #expect(time(0, after: 200) > 0.2)
  }
}
