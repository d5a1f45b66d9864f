/// Bounds a gallery enforces, so that neither a row nor the file's side tables grow without end.
package struct GalleryLimits: Sendable {
  /// Templates of one model a subject may have.
  package var templatesPerSubject = 1000
  /// Bytes of one aligned crop.
  package var cropBytes = 1 << 20
  /// Bytes of one stored answer; as large as a frame's JSON may be.
  package var responseBytes = 1 << 20
  /// How long the answer to a key is kept.
  package var keyAgeMilliseconds: Int64 = 7 * 24 * 3600 * 1000
  /// How many answers to keys are kept; the oldest go first.
  package var keyCount = 10_000
  /// How long a write waits for another process's.
  package var busyTimeoutMilliseconds = 10_000
  /// How long an erasure waits for other processes before it is left to be finished later.
  package var erasureTimeoutMilliseconds = 5_000
  /// Up to how many pages of 8 KiB the file is rewritten in memory after a removal; a larger one by way of an unlinked
  /// file in SQLite's temporary folder.
  package var memorySweepPages = 1 << 15
  /// How many templates a vector file has to be short of, and at least a quarter of all, before it is written anew: fewer
  /// are read from the database in less than a tenth of a second.
  package var vectorFileRows = 20_000
  /// A bound on the file, in pages of 8 KiB, to test a full disk; `nil` for none.
  var pageCount: Int?
  /// Pages in the log that start a checkpoint; `nil` for SQLite's own 1,000, 0 for never (tests of crashes).
  var checkpointPages: Int?

  /// The usual bounds.
  package init() {}
}
