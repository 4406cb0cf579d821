// What Swift cannot import of SQLite by itself: a destructor that is a cast number.
#pragma once

#include <sqlite3.h>

// Binds a text that SQLite copies.
static inline int convene_bind_text(sqlite3_stmt *statement, int index, const char *text, int count) {
    return sqlite3_bind_text(statement, index, text, count, SQLITE_TRANSIENT);
}
