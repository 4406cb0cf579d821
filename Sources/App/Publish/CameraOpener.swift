import Capture
import Logging
import Media

/// Opens the camera that is meant, and waits for one where that is wanted.
///
/// Confined to the thread that captures.
struct CameraOpener {
    let settings: PublishSettings
    let context: PublishContext
    /// Called once before it waits.
    let waits: () -> Void

    private static let retryInterval: Int64 = 250_000_000
    /// A device that has just come belongs to root until udev has set its group, nanoseconds.
    private static let settling: Int64 = 3_000_000_000

    /// What came of looking for a camera.
    private enum Found {
        case camera(Camera)
        /// There is none.
        case nothing
        /// There is one that cannot be used at present, for this reason.
        case unusable(AppError)
    }

    /// Opens the camera that was named, or the first that can be used.
    /// - Returns: `nil` where there is none and none is waited for, or `signal` was given.
    /// - Throws: what is wrong with the camera, and what to do.
    func open(_ signal: StopSignal) throws -> Camera? {
        var hasTold = false
        var unusableSince: MonotonicTime?
        while !signal.isStopped {
            switch try find() {
            case .camera(let camera): return camera
            case .nothing:
                guard settings.waitsForDevice else { return nil }
                unusableSince = nil
            case .unusable(let error):
                let now = context.clock.now()
                let since = unusableSince ?? now
                unusableSince = since
                guard settings.waitsForDevice, hasTold, now - since < Self.settling else { throw error }
            }
            if !hasTold {
                context.tell("waiting for \(settings.cameraName)")
                waits()
            }
            hasTold = true
            _ = signal.sleep(until: context.clock.now() + Self.retryInterval)
        }
        return nil
    }

    private func find() throws -> Found {
        guard case .camera(let path) = settings.video else { return findAny() }
        do throws(CaptureError) {
            return .camera(try open(path))
        } catch {
            switch error {
            case .noSuchDevice, .unplugged:
                guard settings.waitsForDevice else { throw error }
                return .nothing
            default: return .unusable(AppError(error))
            }
        }
    }

    /// The first camera that can be used; else what is wrong with the first that cannot.
    private func findAny() -> Found {
        var first: AppError?
        for camera in Camera.all() {
            if let problem = camera.problem {
                first = first ?? Self.explained(problem, .failure)
                continue
            }
            do throws(CaptureError) {
                return .camera(try open(camera.path))
            } catch {
                guard !error.isDeviceGone else { continue }
                let known = AppError(error)
                first = first ?? Self.explained(known.description, known.status)
            }
        }
        return first.map { .unusable($0) } ?? .nothing
    }

    private static func explained(_ problem: String, _ status: ExitStatus) -> AppError {
        AppError("\(problem) Or send no pictures, with --no-video.", status: status)
    }

    private func open(_ path: String) throws(CaptureError) -> Camera {
        try Camera(path: path, request: settings.camera, controls: settings.controls, clock: context.clock)
    }
}
