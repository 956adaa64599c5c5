import Glibc
import Imaging
import Media
import SystemPackage

/// A short encoding that shows how much room a frame takes.
final class Trial {
    private let writer: VideoWriter
    private let target: FilePath
    private var frames = 0
    private var spent = 0.0

    init(like clip: WorkingClip, _ settings: EncoderSettings) throws {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        target = FilePath(folder).appending("stylevideo-\(getpid())-\(UInt32.random(in: 0 ... .max)).mp4")
        writer = try VideoWriter(
            target, like: clip.reader.information, width: clip.width, height: clip.height, settings: settings)
    }

    func write(_ frame: Frame) throws {
        let start = ContinuousClock.now
        try writer.write(frame)
        frames += 1
        spent += seconds(since: start)
    }

    /// Means over the frames written. The first is a key frame, and of a clip one frame in up to 250 is, so this is
    /// rather too much than too little.
    func perFrame() throws -> (bytes: Double, seconds: Double) {
        let start = ContinuousClock.now
        try writer.finish()
        spent += seconds(since: start)
        var status = stat()
        let bytes = stat(target.string, &status) == 0 ? Double(status.st_size) : 0
        return (bytes / Double(max(frames, 1)), spent / Double(max(frames, 1)))
    }

    func remove() {
        writer.abandon()
        unlink(target.string)
    }
}
