internal import Glibc
package import Telemetry

/// Where a worker's metrics go.
package struct MetricsDestination: Sendable {
  /// The file.
  package var path: String
  /// What every sample is labeled with.
  package var labels: [MetricLabel]
  /// Time between two writes, in milliseconds.
  package var intervalMs: Int
  /// When this worker started, in seconds since 1970.
  package var startTime: Double

  /// Above this age, in seconds, a file is nobody's any more, whatever it says.
  private static let patience = 60.0

  /// A destination of its parts; the worker starts now unless said otherwise.
  package init(path: String, labels: [MetricLabel] = [], intervalMs: Int = 5_000, startTime: Double? = nil) {
    self.path = path
    self.labels = labels
    self.intervalMs = intervalMs
    self.startTime = startTime ?? MetricsDestination.now
  }

  /// Whether a worker that started later writes the file: a replacement, beside which this one only finishes.
  var isTakenOver: Bool {
    guard let other = MetricsFile.value(of: MetricsReport.startTimeName, in: path) else { return false }
    return other.value > startTime && abs(other.age) <= MetricsDestination.patience
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec / 1_000_000) / 1_000
  }
}
