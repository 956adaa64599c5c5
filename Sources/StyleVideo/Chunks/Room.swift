import Glibc
import Machine
import SystemPackage

/// The disk that a painting takes.
struct Room {
    let score: Score
    /// Bytes of its pictures, where these have been tried, and of its sound.
    var film: Int?
    var sound = 0

    /// What a painted pixel takes at a quality of 18, in bits: the least, of a picture that stands still, and what it
    /// may well take. Six clips took 0.31 to 1.14.
    private static let (leastBits, usualBits) = (0.02, 1.2)

    /// Six steps of quality are a factor of two.
    private func film(bitsOfPixel bits: Double) -> Int {
        let pixels = Double(score.painting.width * score.painting.height * score.source.frames)
        return Int(pixels * bits / 8 * exp2((18 - score.output.encoding.crf) / 6))
    }

    /// In chunks, until the end, a film is there twice.
    private func times(_ film: Int) -> Int { score.chunks.count > 1 ? 2 * film : film }

    /// Refuses disks that cannot hold the painting.
    /// - Parameters:
    ///   - folders: into each of which it goes as a whole: the output's, and that of the chunks.
    ///   - left: the share of the chunks that is not there yet.
    /// - Throws: `JobError` noRoom.
    func check(_ folders: [FilePath], left: Double = 1, disk: (FilePath) -> Disk? = Disk.init) throws {
        let disks = folders.map(disk)
        for case (let folder, let disk?) in zip(folders, disks) {
            let shares = zip([1, left], disks).reduce(0) { $0 + ($1.1?.device == disk.device ? $1.0 : 0) }
            func needed(_ film: Int) -> Int { Int((Double(film + sound) * shares).rounded(.up)) }
            guard disk.available < needed(film ?? film(bitsOfPixel: Self.leastBits)) else { continue }
            throw JobError.noRoom(
                folder: folder.isEmpty ? "the current folder" : folder.string,
                needed: needed(film ?? film(bitsOfPixel: Self.usualBits)), available: disk.available)
        }
    }

    /// Says how much room the painting takes where writing has failed.
    /// - Parameter written: how many frames have been written, and in how many bytes, so far.
    func explain(_ error: any Error, written: (frames: Int, bytes: Int)) -> any Error {
        guard let trouble = error as? any Trouble, trouble.trouble == .outputFailed else { return error }
        let known = written.frames > 0 ? written.bytes * score.source.frames / written.frames : nil
        let needed = times(sound + (known ?? film ?? film(bitsOfPixel: Self.usualBits)))
        return Explained(reason: trouble, addition: "in all it takes about \(needed.mebibytes)")
    }
}
