import CSDL

/// A time that is being typed: digits fill seconds, then minutes, then hours, so that `1230` is 12:30.
struct TimeEntry {
    private var digits: [Int] = []
    private static let maximumDigits = 6

    /// Nothing typed yet.
    init() {}

    /// `12:30`, `1:02:03`.
    var text: String {
        let padded = Array(repeating: 0, count: Self.maximumDigits - digits.count) + digits
        let pairs = [0, 2, 4].map { "\(padded[$0])\(padded[$0 + 1])" }
        return (digits.count > 4 ? pairs[...] : pairs[1...]).joined(separator: ":")
    }

    /// Seconds.
    private var seconds: Int {
        let number = digits.reduce(0) { $0 * 10 + $1 }
        return number / 10_000 * 3600 + number / 100 % 100 * 60 + number % 100
    }

    /// What is typed after a key: digits and backspace change it, `g` begins anew, all others end it (`nil`).
    func adding(symbol: UInt32, position: UInt32) -> TimeEntry? {
        var next = self
        switch (symbol, position) {
        case (SDLK_g.rawValue, _): next.digits = []
        case (SDLK_BACKSPACE.rawValue, _): _ = next.digits.popLast()
        case (_, SDL_SCANCODE_0.rawValue), (_, SDL_SCANCODE_KP_0.rawValue): next.append(0)
        case (_, SDL_SCANCODE_1.rawValue...SDL_SCANCODE_9.rawValue):
            next.append(Int(position - SDL_SCANCODE_1.rawValue) + 1)
        case (_, SDL_SCANCODE_KP_1.rawValue...SDL_SCANCODE_KP_9.rawValue):
            next.append(Int(position - SDL_SCANCODE_KP_1.rawValue) + 1)
        default: return nil
        }
        return next
    }

    private mutating func append(_ digit: Int) {
        if digits.count < Self.maximumDigits { digits.append(digit) }
    }

    /// What the key that ended it means: Return goes there.
    func command(symbol: UInt32) -> ViewerCommand? {
        let isDone = symbol == SDLK_RETURN.rawValue || symbol == SDLK_KP_ENTER.rawValue
        return isDone && !digits.isEmpty ? .goTo(seconds: seconds) : nil
    }
}

extension ViewerCommand {
    /// The command of a key that only a replay has.
    init?(replaySymbol symbol: UInt32) {
        switch symbol {
        case SDLK_SPACE.rawValue: self = .pause
        case SDLK_LEFT.rawValue: self = .skip(seconds: -10)
        case SDLK_RIGHT.rawValue: self = .skip(seconds: 10)
        case SDLK_UP.rawValue: self = .skip(seconds: 60)
        case SDLK_DOWN.rawValue: self = .skip(seconds: -60)
        // The sign needs Shift on some keyboards.
        case SDLK_PLUS.rawValue, SDLK_EQUALS.rawValue, SDLK_KP_PLUS.rawValue: self = .speed(1)
        case SDLK_MINUS.rawValue, SDLK_KP_MINUS.rawValue: self = .speed(-1)
        default: return nil
        }
    }
}
