internal import CSQLite

/// A parameter of a statement.
enum SQLiteValue {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  static func integer(_ value: Int) -> SQLiteValue { .integer(Int64(value)) }
  static func text(_ value: String?) -> SQLiteValue { value.map { .text($0) } ?? .null }
  static func blob(_ value: [UInt8]?) -> SQLiteValue { value.map { .blob($0) } ?? .null }

  func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    switch self {
    case .null:
      sqlite3_bind_null(statement, index)
    case .integer(let value):
      sqlite3_bind_int64(statement, index, value)
    case .real(let value):
      sqlite3_bind_double(statement, index, value)
    case .text(var value):
      value.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { characters in
          face_sqlite3_bind_text(statement, index, characters.baseAddress, UInt64(characters.count))
        }
      }
    case .blob(let value):
      value.withUnsafeBytes { face_sqlite3_bind_blob(statement, index, $0.baseAddress, UInt64($0.count)) }
    }
  }
}

/// The current row of a running statement; columns count from 0.
struct SQLiteRow {
  let statement: OpaquePointer

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

  /// An integer as `Int`, clamped to its range.
  func int(_ column: Int32) -> Int { Int(clamping: integer(column)) }

  func real(_ column: Int32) -> Double { sqlite3_column_double(statement, column) }

  /// Text, or `nil` for NULL; damaged UTF-8 is repaired.
  func text(_ column: Int32) -> String? {
    guard let start = sqlite3_column_text(statement, column) else { return nil }
    let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A copy of a blob, or `nil` for NULL.
  func blob(_ column: Int32) -> [UInt8]? {
    isNull(column) ? nil : withBlob(column) { [UInt8]($0) }
  }

  /// Lends a blob's bytes, of any alignment, during the call.
  func withBlob<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let start = sqlite3_column_blob(statement, column)
    return body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
  }
}
