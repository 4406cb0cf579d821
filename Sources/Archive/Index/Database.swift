import CSQLite

/// What SQLite refused.
struct DatabaseError: Error, CustomStringConvertible {
    /// SQLite's primary result code.
    let code: Int32
    let message: String

    /// The code and SQLite's words.
    var description: String { "SQLite error \(code): \(message)" }
}

/// A value of SQLite's.
enum DatabaseValue: Sendable, CustomStringConvertible {
    case null
    case integer(Int64)
    case text(String)

    var description: String {
        switch self {
        case .null: "NULL"
        case .integer(let number): "\(number)"
        case .text(let text): "\"\(text)\""
        }
    }
}

/// What can be put into a database and read from it.
protocol DatabaseConvertible {
    var databaseValue: DatabaseValue { get }
    /// The value, or what stands for nothing where it is of another kind.
    init(databaseValue: DatabaseValue)
}

extension Int64: DatabaseConvertible {
    var databaseValue: DatabaseValue { .integer(self) }
    init(databaseValue: DatabaseValue) {
        if case .integer(let number) = databaseValue { self = number } else { self = 0 }
    }
}

extension Int: DatabaseConvertible {
    var databaseValue: DatabaseValue { .integer(Int64(self)) }
    init(databaseValue: DatabaseValue) { self = Int(Int64(databaseValue: databaseValue)) }
}

extension Bool: DatabaseConvertible {
    var databaseValue: DatabaseValue { .integer(self ? 1 : 0) }
    init(databaseValue: DatabaseValue) { self = Int64(databaseValue: databaseValue) != 0 }
}

extension String: DatabaseConvertible {
    var databaseValue: DatabaseValue { .text(self) }
    init(databaseValue: DatabaseValue) {
        if case .text(let text) = databaseValue { self = text } else { self = "" }
    }
}

extension Optional: DatabaseConvertible where Wrapped: DatabaseConvertible {
    var databaseValue: DatabaseValue { self?.databaseValue ?? .null }
    init(databaseValue: DatabaseValue) {
        if case .null = databaseValue { self = nil } else { self = Wrapped(databaseValue: databaseValue) }
    }
}

/// One row of an answer.
struct Row {
    let values: [DatabaseValue]

    subscript<Value: DatabaseConvertible>(column: Int) -> Value { Value(databaseValue: values[column]) }
}

/// One connection to a database of SQLite's, the library that nothing but this file knows.
///
/// Confined to one thread at a time.
final class Database {
    private var connection: OpaquePointer?
    private var statements: [String: OpaquePointer] = [:]
    private static let busyMilliseconds: Int32 = 5000

    /// Opens the file at `path`, making it where there is none; a database in memory where that is `nil`.
    init(path: String?) throws {
        let code = sqlite3_open_v2(
            path ?? ":memory:", &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
            nil)
        guard code == SQLITE_OK else {
            let error = error(code)
            sqlite3_close_v2(connection)
            throw error
        }
        sqlite3_busy_timeout(connection, Self.busyMilliseconds)
        // What a power cut destroys is made anew.
        try execute("PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON")
    }

    deinit { close() }

    /// Ends the connection; the database must not be used any more.
    func close() {
        for statement in statements.values { sqlite3_finalize(statement) }
        statements = [:]
        sqlite3_close_v2(connection)
        connection = nil
    }

    private func error(_ code: Int32) -> DatabaseError {
        let message = connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "out of memory"
        return DatabaseError(code: code & 0xFF, message: message)
    }

    private func check(_ code: Int32) throws { if code != SQLITE_OK { throw error(code) } }

    /// Runs statements without arguments or answers.
    func execute(_ sql: String) throws { try check(sqlite3_exec(connection, sql, nil, nil, nil)) }

    /// Runs `body` in a transaction: all that it changes or, where it throws, nothing.
    func transaction<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body(self)
            try execute("COMMIT")
            return result
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// Runs one statement, and calls `body` with each row of its answer.
    func run(
        _ sql: String, _ arguments: [any DatabaseConvertible] = [], _ body: (Row) throws -> Void = { _ in }
    ) throws {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, argument) in arguments.enumerated() {
            try bind(argument.databaseValue, Int32(index + 1), statement)
        }
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw error(code) }
            try body(Self.row(statement))
        }
    }

    /// The rows of an answer.
    func rows(_ sql: String, _ arguments: [any DatabaseConvertible] = []) throws -> [Row] {
        var rows: [Row] = []
        try run(sql, arguments) { rows.append($0) }
        return rows
    }

    private func prepared(_ sql: String) throws -> OpaquePointer {
        if let known = statements[sql] { return known }
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(connection, sql, -1, &statement, nil))
        guard let statement else { throw DatabaseError(code: SQLITE_MISUSE, message: "an empty statement") }
        statements[sql] = statement
        return statement
    }

    private func bind(_ value: DatabaseValue, _ index: Int32, _ statement: OpaquePointer) throws {
        switch value {
        case .null: try check(sqlite3_bind_null(statement, index))
        case .integer(let number): try check(sqlite3_bind_int64(statement, index, number))
        case .text(let text):
            try check(convene_bind_text(statement, index, text, Int32(clamping: text.utf8.count)))
        }
    }

    private static func row(_ statement: OpaquePointer) -> Row {
        Row(
            values: (0..<sqlite3_column_count(statement)).map { column in
                switch sqlite3_column_type(statement, column) {
                case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
                case SQLITE_NULL: .null
                default:
                    sqlite3_column_text(statement, column).map { .text(String(cString: $0)) } ?? .null
                }
            })
    }
}
