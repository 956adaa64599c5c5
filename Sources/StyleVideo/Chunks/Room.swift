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

    /// Refuses a disk that cannot hold the painting.
    /// - Throws: `JobError` noRoom.
    func check(_ folder: FilePath, available: (FilePath) -> Int? = Disk.available) throws {
        let needed = times(least)
        guard let free = available(folder), free < needed else { return }
        throw JobError.noRoom(
            folder: folder.isEmpty ? "the current folder" : folder.string, needed: needed, available: free)
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
