import Foundation
import Glibc
import MediaTesting

/// One process that a test started: its output goes into files, its end is awaited with a bound, and it never outlives
/// this object.
///
/// Confined to the test that made it.
final class ChildProcess {
    /// How a process ended.
    enum Ending: Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    let name: String
    let pid: pid_t
    private(set) var ending: Ending?
    private let folder: TemporaryFolder
    private var input: Int32

    /// Starts `program`, found through the path where it has no slash.
    ///
    /// - Parameters:
    ///   - environment: added to the tests' own, of which the program's settings (`CONVENE_…`) are left out.
    ///   - directory: the process's current folder, by default one of its own.
    init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        directory: String? = nil
    ) throws {
        folder = try TemporaryFolder()
        name = ([URL(fileURLWithPath: program).lastPathComponent] + arguments.prefix(1)).joined(
            separator: " ")
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw HarnessError("pipe: \(errno)") }
        // No other process may hold its input open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        input = ends[1]
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CONVENE_") }
        variables.merge(environment) { $1 }
        do {
            pid = try Self.spawn(
                ["env", "-C", directory ?? folder.path, program] + arguments, variables: variables,
                input: ends[0],
                output: folder.path + "/out", errors: folder.path + "/err")
        } catch {
            close(ends[1])
            throw error
        }
    }

    deinit {
        closeInput()
        guard ending == nil else { return }
        // In its own process group: what it started itself ends with it.
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    private static func spawn(
        _ arguments: [String], variables: [String: String], input: Int32, output: String, errors: String
    ) throws -> pid_t {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        let creation = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO)
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output, creation, 0o600)
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, errors, creation, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The tests' own signal dispositions must not reach the program.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, arguments[0], &files, &attributes, argv, envp)
        guard code == 0 else {
            throw HarnessError("\(arguments[0]) cannot be started: \(String(cString: strerror(code))).")
        }
        return pid
    }

    /// What it has written to standard output so far.
    var output: String { text("out") }

    /// What it has written to standard error so far.
    var errors: String { text("err") }

    private func text(_ file: String) -> String {
        (FileManager.default.contents(atPath: folder.path + "/" + file)).map {
            String(decoding: $0, as: UTF8.self)
        } ?? ""
    }

    /// Writes a line to its standard input.
    func type(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
    }

    /// Ends its standard input.
    func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// Sends a signal, unless it has ended.
    func signal(_ signal: Int32) { if !hasEnded { kill(pid, signal) } }

    /// Whether it has ended; reaps it.
    var hasEnded: Bool {
        guard ending == nil else { return true }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return false }
        let signal = status & 0x7F
        ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
        return true
    }

    /// Waits for its end.
    /// - Throws: ``HarnessError`` with its output where it does not end in time.
    @discardableResult
    func wait(seconds: Double = 20) async throws -> Ending {
        do {
            return try await Wait.until("the end of `\(name)`", seconds: seconds) { hasEnded ? ending : nil }
        } catch {
            throw HarnessError("\(error) Its output:\n\(output)\nIts errors:\n\(errors)")
        }
    }

    /// Waits until a line of standard output, or of what else is named, satisfies `isWanted`, and gives it.
    @discardableResult
    func line(
        _ what: String, in text: KeyPath<ChildProcess, String> = \.output, seconds: Double = 15,
        where isWanted: (String) -> Bool
    ) async throws -> String {
        do {
            return try await Wait.until("\(what) from `\(name)`", seconds: seconds) {
                let isOver = hasEnded
                let lines = self[keyPath: text].split(separator: "\n").map(String.init)
                if let line = lines.first(where: isWanted) { return line }
                if isOver {
                    throw HarnessError("`\(name)` ended (\(ending.map { "\($0)" } ?? "")) without \(what).")
                }
                return nil
            }
        } catch {
            throw HarnessError("\(error) Its output:\n\(output)\nIts errors:\n\(errors)")
        }
    }

    /// Memory in use, in KiB: a line such as `VmRSS` of the kernel's status.
    func memory(_ field: String = "VmRSS") throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        guard
            let value = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({
                Int($0)
            })
        else { throw HarnessError("\(field) of \(name) is not known.") }
        return value
    }

    /// Whether it has started a program that runs.
    func hasChildren() throws -> Bool {
        let tasks = "/proc/\(pid)/task"
        // A thread may end meanwhile.
        return try FileManager.default.contentsOfDirectory(atPath: tasks).contains { task in
            (try? String(contentsOfFile: "\(tasks)/\(task)/children", encoding: .utf8))?.isEmpty == false
        }
    }

    /// Runs a program to its end and gives its standard output.
    /// - Throws: ``HarnessError`` where it does not exit with 0.
    @discardableResult
    static func run(_ program: String, _ arguments: [String], seconds: Double = 60) async throws -> String {
        let child = try ChildProcess(program, arguments)
        child.closeInput()
        let ending = try await child.wait(seconds: seconds)
        guard ending == .exited(0) else {
            throw HarnessError("\(program) \(arguments.joined(separator: " ")): \(ending). \(child.errors)")
        }
        return child.output
    }

    /// Runs a program to its end and gives what it complained about: empty is good.
    static func complaints(_ program: String, _ arguments: [String], seconds: Double = 60) async throws
        -> String
    {
        let child = try ChildProcess(program, arguments)
        child.closeInput()
        let ending = try await child.wait(seconds: seconds)
        return ending == .exited(0) ? child.errors : "\(ending) \(child.errors)"
    }
}
