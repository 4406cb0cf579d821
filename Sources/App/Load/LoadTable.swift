import FoundationEssentials
import Media

/// A load's report for people.
enum LoadTable {
    private static let labelWidth = 18

    static func lines(_ report: LoadReport) -> [String] {
        var lines = [
            line(
                "load",
                "\(count(report.publishers, "publisher")) and \(count(report.subscribers, "subscriber")) in "
                    + "\(count(report.rooms, "room")), \(number(report.seconds)) s"
                    + (report.isInterrupted ? " (interrupted)" : ""))
        ]
        for stream in report.streams {
            lines.append(
                line(
                    stream.kind,
                    "\(BitRate.text(stream.bitrate)), \(number(stream.packetsPerSecond)) packets/s of "
                        + "\(number(stream.meanPacketBytes)) bytes from each publisher"))
        }
        lines += [
            line("joined", "\(report.joined) of \(report.publishers + report.subscribers)"),
            line("sent", rate(report.packetsSent, report.bytesSent, report.seconds)),
            line("delivered", rate(report.packetsDelivered, report.bytesDelivered, report.seconds)),
            line(
                "lost",
                "\(report.packetsLost) packets (\(number(report.lossShare * 100)) %), of which the server told "
                    + "\(report.packetsDroppedByServer)"),
            line("out of order", "\(report.packetsOutOfOrder)"),
        ]
        if report.packetsUnsent > 0 { lines.append(line("not sent", "\(report.packetsUnsent)")) }
        if report.silentTracks > 0 { lines.append(line("silent tracks", "\(report.silentTracks)")) }
        lines += [
            line("latency", percentiles(report.latency)), line("ping", percentiles(report.roundTrip)),
            line("sent late by", percentiles(report.sendDelay)),
            line("reconnects", "\(report.reconnects)"),
        ]
        for (name, count) in report.errors.sorted(by: { $0.key < $1.key }) {
            lines.append(line("error", "\(name): \(count)"))
        }
        lines.append(line("CPU of the load", "\(number(report.loadCPU * 100)) % of a core"))
        if report.isLoadTooBusy {
            lines.append(
                line(
                    "note", "the load itself was short of CPU: latencies are its own as much as the server's")
            )
        }
        return lines
    }

    /// `1 room`, `2 rooms`.
    static func count(_ number: Int, _ noun: String) -> String {
        Counted.text(number, noun)
    }

    private static func line(_ label: String, _ text: String) -> String {
        label + String(repeating: " ", count: max(1, labelWidth - label.count)) + text
    }

    private static func rate(_ packets: Int, _ bytes: Int, _ seconds: Double) -> String {
        let time = max(seconds, 0.001)
        return "\(packets) packets, \(number(Double(packets) / time)) packets/s, "
            + "\(BitRate.text(Double(bytes) * 8 / time))"
    }

    private static func percentiles(_ values: LoadReport.Percentiles?) -> String {
        guard let values else { return "-" }
        return "p50 \(number(values.p50)), p90 \(number(values.p90)), p99 \(number(values.p99)), "
            + "max \(number(values.max)) ms"
    }

    /// Three digits are enough for people.
    private static func number(_ value: Double) -> String {
        if value >= 100 || value == value.rounded() { return "\(Int(value.rounded()))" }
        let places = value >= 10 ? 10.0 : value >= 1 ? 100.0 : 1000.0
        return "\((value * places).rounded() / places)"
    }
}
