/// The version of this program; see CHANGELOG.md.
package enum WorkerVersion {
  /// As `ready`, `--version` and reports state it.
  package static let current = "0.1.0"
}
