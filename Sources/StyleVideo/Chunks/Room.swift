import Glibc
import Machine
import SystemPackage

/// The disk that a painting takes.
struct Room {
    let score: Score

    /// The least that a painted pixel takes at a quality of 18, in bits: of a picture that stands still, 0.04. Strokes
    /// that move take up to 1.
    private static let leastBitsPerPixel = 0.02

    /// The least that the film takes, in bytes. Six steps of quality are a factor of two.
    private var least: Int {
        let pixels = Double(score.painting.width * score.painting.height * score.source.frames)
        return Int(pixels * Self.leastBitsPerPixel / 8 * exp2((18 - score.output.encoding.crf) / 6))
    }

    /// In chunks, until the end, a film is there twice.
    private func times(_ film: Int) -> Int { score.chunks.count > 1 ? 2 * film : film }

    /// Refuses disks that cannot hold the painting.
    /// - Parameter folders: into each of which it goes as a whole: the output's, and that of the chunks.
    /// - Throws: `JobError` noRoom.
    func check(_ folders: [FilePath], disk: (FilePath) -> Disk? = Disk.init) throws {
        let disks = folders.map(disk)
        for case (let folder, let disk?) in zip(folders, disks) {
            let needed = least * disks.count { $0?.device == disk.device }
            guard disk.available < needed else { continue }
            throw JobError.noRoom(
                folder: folder.isEmpty ? "the current folder" : folder.string, needed: needed,
                available: disk.available)
        }
    }

    /// Says how much room the painting takes where writing has failed.
    /// - Parameter written: how many frames have been written, and in how many bytes, so far.
    func explain(_ error: any Error, written: (frames: Int, bytes: Int)) -> any Error {
        guard let trouble = error as? any Trouble, trouble.trouble == .outputFailed else { return error }
        let film = written.bytes * score.source.frames / max(written.frames, 1)
        let needed = max(1, times(max(film, least)) >> 20)
        return Explained(reason: trouble, addition: "in all it takes about \(needed) MiB")
    }
}
