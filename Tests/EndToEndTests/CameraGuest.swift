import Foundation
import Testing

/// What the script left that ran on a kernel with a camera.
struct CameraGuest {
    let folder: String

    /// The text of a file.
    func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    }

    /// The exit status of a step.
    func status(_ step: String) throws -> Int32? {
        Int32(try text(step + ".rc").trimmingCharacters(in: .newlines))
    }

    /// Checks how a publisher failed.
    func expect(_ step: String, status: Int32, says text: String, location: SourceLocation = #_sourceLocation)
        throws
    {
        let message = try self.text(step + ".err").split(separator: "\n").last ?? ""
        #expect(try self.status(step) == status, "\(step): \(message)", sourceLocation: location)
        #expect(message.hasPrefix("convene: " + text), "\(step): \(message)", sourceLocation: location)
    }

    /// The only recording of a room.
    func recording(_ room: String) throws -> String {
        let top = folder + "/archive/" + room
        let files = try FileManager.default.subpathsOfDirectory(atPath: top).filter { $0.hasSuffix(".mp4") }
        guard let file = files.first, files.count == 1 else { throw HarnessError("\(top) holds \(files).") }
        return top + "/" + file
    }

    /// Run in the guest as `guest.sh PROGRAM FOLDER`: publishes from the kernel's test camera, each time into a room of
    /// its own, and breaks the camera by the driver's fault controls.
    static let script = #"""
        set -u
        program=$1 out=$2
        camera="--camera /dev/video0"
        publish() { # NAME [ARGS...]
          local name=$1; shift
          timeout 60 "$program" publish "convene://127.0.0.1:$port/$name" --name "$name" $camera --no-audio \
            --size 320x180 --rate 15 --preset ultrafast "$@" >"$out/$name.out" 2>"$out/$name.err" &
          echo $! >"$out/$name.pid"
          wait $!; echo $? >"$out/$name.rc"
        }
        within() { # CONDITION [ARGS...]: waits until it holds, at most 30 s
          local end=$((SECONDS + 30))
          until "$@"; do
            [ $SECONDS -lt $end ] || { echo "in vain: $*" >&2; tail "$out"/*.err >&2; exit 1; }
            sleep 0.1
          done
        }
        recorded() { # NAME BYTES: so much of the room is in the archive
          [ "$(cat "$out/archive/$1"/*/*.mp4 2>/dev/null | wc -c)" -ge "$2" ]
        }
        second=20000                                     # bytes of about a second

        "$program" devices --json >"$out/devices.json" 2>"$out/devices.err"; echo $? >"$out/devices.rc"
        "$program" serve --listen 127.0.0.1:0 --archive "$out/archive" >"$out/serve.out" 2>"$out/serve.err" & server=$!
        within grep -q '^listening on ' "$out/serve.out"
        port=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' "$out/serve.out")

        publish steady --duration 12 & steady=$!
        within recorded steady $second
        publish second                                   # while the first one has the camera
        wait $steady

        publish fault & fault=$!
        within recorded fault $second
        v4l2-ctl -d /dev/video0 -c inject_fatal_streaming_error=1
        wait $fault

        publish unplugged & unplugged=$!
        within recorded unplugged $second
        v4l2-ctl -d /dev/video0 -c disconnect=1
        wait $unplugged

        camera=                                          # any that there is
        publish patient --wait-for-device & patient=$!   # the driver plugs itself in again when nobody has it open
        within recorded patient $second
        v4l2-ctl -d /dev/video0 -c disconnect=1
        within grep -q 'the camera is back' "$out/patient.err"
        within recorded patient $((4 * second))
        kill -TERM "$(cat "$out/patient.pid")"; wait $patient

        timeout 60 "$program" publish "convene://127.0.0.1:$port/absent" --name absent --camera /dev/video63 --no-audio \
          >"$out/absent.out" 2>"$out/absent.err"; echo $? >"$out/absent.rc"
        kill -TERM $server; wait $server; echo $? >"$out/serve.rc"
        """#
}
