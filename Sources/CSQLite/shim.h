#pragma once

#include <sqlite3.h>

/* What Swift cannot import: variadic functions and the SQLITE_TRANSIENT cast. */

/* Binds a copy of UTF-8 text; no text is an empty string, not NULL. */
static inline int face_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 bytes) {
  return sqlite3_bind_text64(statement, index, bytes ? text : "", bytes, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* Binds a copy of bytes; no bytes are an empty blob, not NULL. */
static inline int face_sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *data, sqlite3_uint64 bytes) {
  if (bytes == 0) return sqlite3_bind_zeroblob(statement, index, 0);
  return sqlite3_bind_blob64(statement, index, data, bytes, SQLITE_TRANSIENT);
}

/* Switches an integer option of a connection on or off. */
static inline int face_sqlite3_configure(sqlite3 *database, int option, int on) {
  return sqlite3_db_config(database, option, on, (int *)0);
}
