import Synchronization

/// Says what of a recording cannot be read and is left out: one guest's broken file must not cost the others theirs. Each once in
/// the life of the command.
enum SkippedMedia {
    private static let told = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - path: the file.
    ///   - what: of it, for instance `its sound`.
    static func note(_ path: String, _ what: String, _ error: any Error) {
        guard told.withLock({ $0.insert("\(path) \(what)").inserted }) else { return }
        Output.note("\(path): \(what) cannot be read and is left out: \(AppError(error).description)")
    }
}
