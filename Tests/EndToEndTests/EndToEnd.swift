import Testing

/// The real program, as processes on loopback.
///
/// Everything runs one after the other: the tests measure times, and each of them keeps two cores busy.
@Suite(.serialized) enum EndToEnd {}
