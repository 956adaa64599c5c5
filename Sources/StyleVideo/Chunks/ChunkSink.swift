import Imaging
import Machine
import Media
import Pipeline
import SystemPackage

/// Writes the frames of a line into chunks' files, and changes the file at each border.
final class ChunkSink: FrameSink {
    private(set) var ledger: Ledger
    private let workshop: Workshop
    /// Of the chunk that is being written.
    private var current: (number: Int, writer: ChunkWriter)?
    /// Where in the chunks the line is.
    private var place: Int
    private var lock: LockFile?

    /// Takes the first chunk's lock.
    /// - Parameter first: the first chunk that will come. Frames before it are of no use.
    /// - Throws: `Held`, here and where a later chunk is begun; `OutputError`.
    init(_ ledger: Ledger, from first: Int, _ workshop: Workshop) throws {
        (self.ledger, self.workshop, place) = (ledger, workshop, first)
        lock = try LockFile(ledger.folder.lock(first))
    }

    func write(_ frame: Frame) throws {
        let frames = ledger.chunks[place]
        guard frame.number >= frames.lowerBound else { return }
        guard frame.presentationTime.value == ledger.commission.look.index.ticks[frame.number] else {
            throw MediaError.changed(workshop.job.input)
        }
        let writer = try current?.writer ?? begin()
        try writer.write(frame)
        if frame.number + 1 == frames.upperBound { try end() }
    }

    private func begin() throws -> ChunkWriter {
        let (clip, score) = (workshop.clip, ledger.commission.score)
        if lock == nil { lock = try LockFile(ledger.folder.lock(place)) }
        let writer = try ChunkWriter(
            ledger.folder.chunk(place), like: clip.reader.information, width: clip.width, height: clip.height,
            settings: score.output.encoding)
        current = (place, writer)
        return writer
    }

    private func end() throws {
        guard let (number, writer) = current else { return }
        let content = try writer.finish()
        current = nil
        try ledger.enter(number, content, workshop.findings.take(ledger.chunks[number]))
        lock?.release()
        (lock, place) = (nil, place + 1)
    }

    func finish() {}

    /// Drops the chunk that is not complete.
    func abandon() {
        current?.writer.abandon()
        lock?.release()
    }
}
