/// How a manifest is run.
public struct BatchOptions: Sendable {
    /// What happens with golden frames.
    public enum Mode: Sendable {
        /// Nothing.
        case make
        /// Renditions are compared with them.
        case check
        /// They are written anew.
        case update
    }

    /// What happens with golden frames.
    public var mode = Mode.make
    /// Folder for the renditions; without it they are made, looked at, and removed.
    public var output: String?
    /// Fixtures at once, 1 or more.
    public var jobs = 1
    /// Threads of each encoder where it is not bit-exact, 1 or more.
    public var threads = 1
    /// Whether renditions must be the same on every machine.
    public var isBitExact = false
    /// Folder in which results are kept for later runs; without it, one in ``output``.
    public var cache: String?
    /// Whether results of earlier runs are used, and kept for later ones.
    public var usesCache = true

    /// Everything at its default.
    public init() {}
}
