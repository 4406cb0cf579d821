public import Media

// What the commands read from the command line, by the one module that reads and writes times and amounts. The commands know
// no module but this one.

/// Places within a meeting or file.
public typealias MeetingTime = ClockTime
