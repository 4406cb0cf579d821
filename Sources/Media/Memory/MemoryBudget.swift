import Synchronization

/// The memory that a server may keep for its peers, and how much of it is in use.
///
/// May be used from any thread, without a lock: each use is one atomic sum. Those who keep memory count it with a
/// ``MemoryCharge``, which rounds, so that a packet rarely touches the sums at all.
///
/// When memory grows short, what can be had again goes first: each ``Use`` has to give way above a part of the budget of
/// its own, see ``Use/limit``.
public final class MemoryBudget: Sendable {
    /// What memory is kept for, in the order in which it goes when memory is short.
    public enum Use: Int, Sendable, CaseIterable {
        /// Pictures for those who join late.
        case cache
        /// Media from before a recording begins.
        case preRoll
        /// What waits for subscribers.
        case queue
        /// What has come of frames that are not complete.
        case input
        /// What waits for the disk.
        case recorder

        /// The part of the budget, in percent, above which memory for this use is given up and no more is taken.
        public var limit: Int {
            switch self {
            case .cache: 70
            case .preRoll: 80
            case .queue: 90
            case .input: 95
            case .recorder: 100
            }
        }
    }

    /// The part of the budget, in percent, above which nobody new is let in.
    public static let admissionLimit = 95
    /// The part of the budget, in percent, that caches and unfinished frames of one address may take.
    public static let addressShare = 25

    /// Bytes that may be in use.
    public let bytes: Int
    private let caches = Atomic(0)
    private let preRolls = Atomic(0)
    private let queues = Atomic(0)
    private let inputs = Atomic(0)
    private let recorders = Atomic(0)

    /// A budget of which nothing is used.
    public init(bytes: Int) { self.bytes = max(1, bytes) }

    /// Bytes in use.
    public var used: Int { Use.allCases.reduce(0) { $0 + used(for: $1) } }

    /// Bytes in use for one purpose.
    public func used(for use: Use) -> Int {
        switch use {
        case .cache: caches.load(ordering: .relaxed)
        case .preRoll: preRolls.load(ordering: .relaxed)
        case .queue: queues.load(ordering: .relaxed)
        case .input: inputs.load(ordering: .relaxed)
        case .recorder: recorders.load(ordering: .relaxed)
        }
    }

    /// Counts bytes that are kept from now on, or no longer if negative.
    public func add(_ bytes: Int, for use: Use) {
        switch use {
        case .cache: caches.wrappingAdd(bytes, ordering: .relaxed)
        case .preRoll: preRolls.wrappingAdd(bytes, ordering: .relaxed)
        case .queue: queues.wrappingAdd(bytes, ordering: .relaxed)
        case .input: inputs.wrappingAdd(bytes, ordering: .relaxed)
        case .recorder: recorders.wrappingAdd(bytes, ordering: .relaxed)
        }
    }

    /// Bytes by which memory for `use` has to shrink; 0 or less while there is room.
    public func excess(for use: Use) -> Int { used - part(use.limit) }

    /// Whether more may be kept for `use`.
    public func hasRoom(for use: Use) -> Bool { excess(for: use) < 0 }

    /// Whether a newcomer may be let in.
    public var admits: Bool { used < part(Self.admissionLimit) }

    /// Bytes that caches and unfinished frames of one address may take together.
    public var shareOfAddress: Int { part(Self.addressShare) }

    /// Without an overflow, whatever the budget is.
    private func part(_ percent: Int) -> Int { bytes / 100 * percent + bytes % 100 * percent / 100 }
}

extension MemoryBudget: Hashable {
    /// The same budget, not one of the same size.
    public static func == (left: MemoryBudget, right: MemoryBudget) -> Bool { left === right }

    /// Hashes the identity.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// What one address has in use of a ``MemoryBudget``. May be used from any thread.
public final class MemoryAccount: Sendable {
    /// The budget.
    public let budget: MemoryBudget
    private let sum = Atomic(0)

    /// An account that uses nothing.
    public init(budget: MemoryBudget) { self.budget = budget }

    /// Bytes in use.
    public var used: Int { sum.load(ordering: .relaxed) }

    /// Whether the address takes more than its share.
    public var exceedsShare: Bool { used > budget.shareOfAddress }

    func add(_ bytes: Int) { sum.wrappingAdd(bytes, ordering: .relaxed) }
}

/// Memory that somebody keeps, counted in a budget and for an address as long as this value lives.
///
/// Not to be shared between threads: it belongs to what it counts.
public final class MemoryCharge {
    /// Bytes in which it counts: less is not worth telling the others.
    public static let grain = 16_384

    private let budget: MemoryBudget
    private let account: MemoryAccount?
    private let use: MemoryBudget.Use
    private var counted = 0

    /// A charge of nothing.
    public init(_ use: MemoryBudget.Use, budget: MemoryBudget, account: MemoryAccount? = nil) {
        self.use = use
        self.budget = budget
        self.account = account
    }

    deinit { count(0) }

    /// Says how many bytes are kept now. Costs nothing while that stays within a grain.
    /// - Returns: whether that was counted, because it is another grain than before.
    @discardableResult
    public func set(_ bytes: Int) -> Bool {
        let grains = max(0, bytes) / Self.grain * Self.grain
        guard grains != counted else { return false }
        count(grains)
        return true
    }

    private func count(_ bytes: Int) {
        budget.add(bytes - counted, for: use)
        account?.add(bytes - counted)
        counted = bytes
    }
}
