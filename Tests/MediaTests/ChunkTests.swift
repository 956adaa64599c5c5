import Foundation
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// Frames that are encoded in chunks and joined, beside the same frames encoded as one.
@Suite struct ChunkTests {
    private static let settings = EncoderSettings(crf: 12, preset: "veryfast")

    /// A clip's frames as chunks' files, by their numbers, and what each holds.
    private func chunks(
        of source: FilePath, length: Int, selection: Selection = .all, in scratch: Scratch,
        settings: EncoderSettings = settings, prefix: String = "chunk"
    ) throws -> [(file: FilePath, frames: Range<Int>, content: ChunkContent)] {
        let reader = try VideoReader(source, selection: selection)
        let frame = reader.makeFrame()
        var chunks: [(FilePath, Range<Int>, ChunkContent)] = []
        var count = 0
        while try reader.next(into: frame) {
            let file = scratch("\(prefix)\(chunks.count).mp4")
            let writer = try ChunkWriter(
                file, like: reader.information, width: frame.width, height: frame.height, settings: settings)
            let start = count
            repeat {
                try writer.write(frame)
                count += 1
            } while try count - start < length && reader.next(into: frame)
            chunks.append((file, start..<count, try writer.finish()))
        }
        return chunks
    }

    private func ticks(_ source: FilePath, _ selection: Selection = .all) throws -> [Int64] {
        let reader = try VideoReader(source, selection: selection)
        var ticks: [Int64] = []
        while let place = try reader.advance() { ticks.append(place.presentationTime.value) }
        return ticks
    }

    /// How many frames before the first, as decoded, a chunk's own beginning lies.
    private func delay(_ chunks: [(file: FilePath, frames: Range<Int>, content: ChunkContent)], _ ticks: [Int64]) -> Int
    {
        chunks.compactMap { chunk in
            chunk.frames.firstIndex { ticks[$0] - chunk.content.first == chunk.content.lead }
                .map { $0 - chunk.frames.lowerBound }
        }.max() ?? 0
    }

    private func join(
        _ chunks: [(file: FilePath, frames: Range<Int>, content: ChunkContent)], _ source: FilePath,
        as target: FilePath, selection: Selection = .all, settings: EncoderSettings = settings
    ) throws {
        let ticks = try ticks(source, selection)
        let join = try ChunkJoin(
            target, beginningWith: chunks[0].file, like: VideoReader(source, selection: selection).information,
            settings: settings, audioFrom: source, selection: selection,
            times: .init(ticks: ticks, last: chunks.last!.content, delay: delay(chunks, ticks)))
        for chunk in chunks { try join.add(chunk.file, chunk.frames) }
        try join.finish(replacing: false)
    }

    /// Frames' times, decoding times, lengths of tracks and every packet of sound.
    private func facts(_ file: FilePath, _ scratch: Scratch) async throws -> [[[String: String]]] {
        let video = try await scratch.ffprobe(file, "packet=pts,dts", stream: "v")
        let sorted = ["pts", "dts"].map { name in video.compactMap { $0[name] }.sorted().map { [name: $0] } }
        return sorted + [
            try await scratch.ffprobe(
                file, "packet=pts,dts,duration,size,data_hash", stream: "a", ["-show_data_hash", "md5"]),
            try await scratch.ffprobe(
                file, "stream=codec_type,start_pts,duration_ts,time_base,nb_frames,avg_frame_rate"),
        ]
    }

    /// Of every habit of time; the last chunk has a frame or a few.
    @Test(arguments: Clips.all.map(\.name), [7, 22]) func joinedTheyLieAsOneEncoding(_ name: String, _ length: Int)
        async throws
    {
        let scratch = try Scratch()
        let source = try await Clips.make(name, in: scratch)
        try carry(source, to: scratch("whole.mp4"), settings: Self.settings)
        let chunks = try chunks(of: source, length: length, in: scratch)
        #expect(chunks.count > 1)
        try join(chunks, source, as: scratch("joined.mp4"))
        #expect(try await facts(scratch("joined.mp4"), scratch) == facts(scratch("whole.mp4"), scratch))
        #expect(try shots(scratch("joined.mp4")).map(\.time) == shots(scratch("whole.mp4")).map(\.time))
    }

    @Test(arguments: [
        Selection(start: 0.4), Selection(end: 0.9), Selection(frames: 31), Selection(start: 0.3, end: 1.2),
        Selection(start: 0.5, frames: 15),
    ]) func aStretchToo(_ selection: Selection) async throws {
        let scratch = try Scratch()
        let source = try await Clips.make("aac.mkv", in: scratch)
        try carry(source, to: scratch("whole.mp4"), settings: Self.settings, selection: selection)
        let chunks = try chunks(of: source, length: 8, selection: selection, in: scratch)
        try join(chunks, source, as: scratch("joined.mp4"), selection: selection)
        #expect(try await facts(scratch("joined.mp4"), scratch) == facts(scratch("whole.mp4"), scratch))
    }

    /// Chunks of one frame, whose packets are in order, and of two, which begin at no decoding time of their own.
    @Test(arguments: [1, 2]) func theShortest(_ length: Int) async throws {
        let scratch = try Scratch()
        let source = try await Clips.make("variable.mp4", in: scratch)
        try join(chunks(of: source, length: length, in: scratch), source, as: scratch("joined.mp4"))
        #expect(try shots(scratch("joined.mp4")).map(\.time) == ticks(source))
    }

    /// Whatever holds it: the chunks' pictures at the times of one encoding, and the same bytes each time.
    @Test(arguments: OutputFormat.table.flatMap { row in row.codecs.map { (row.container, $0) } })
    func ofEveryCodec(container: OutputFormat.Container, codec: VideoCodec) async throws {
        let (scratch, ending) = (try Scratch(), OutputFormat[container].endings[0])
        let settings = try EncoderSettings(
            container: container, codec: codec, preset: codec == .prores ? nil : codec.encoder.presets.first)
        let source = try await Clips.make("ntsc.mp4", in: scratch)
        try carry(source, to: scratch("whole.\(ending)"), settings: settings)
        var films: [Data] = []
        for run in ["one", "two"] {
            let chunks = try chunks(of: source, length: 20, in: scratch, settings: settings, prefix: run)
            let name = "\(run).\(ending)"
            try join(chunks, source, as: scratch(name), settings: settings)
            films.append(try scratch.bytes(name))
            let film = try shots(scratch(name))
            #expect(try film.map(\.pixels) == chunks.flatMap { try shots($0.file).map(\.pixels) })
            #expect(try film.map(\.time) == shots(scratch("whole.\(ending)")).map(\.time))
        }
        #expect(films[0] == films[1])
        let entries = "packet=pts,dts"
        func times(_ file: String, _ name: String) async throws -> [Int] {
            try await scratch.ffprobe(scratch(file), entries, stream: "v").compactMap { $0[name].flatMap { Int($0) } }
                .sorted()
        }
        for name in ["pts", "dts"] {
            #expect(try await times("one.\(ending)", name) == times("whole.\(ending)", name), "\(name)")
        }
        #expect(try await times("one.\(ending)", "pts").count == 45)
    }

    /// What the encoder made of a chunk is what comes out of the film.
    @Test func theFilmShowsTheChunksPictures() async throws {
        let scratch = try Scratch()
        let source = try await Clips.make("ntsc.mp4", in: scratch)
        let chunks = try chunks(of: source, length: 20, in: scratch)
        try join(chunks, source, as: scratch("joined.mp4"))
        let film = try shots(scratch("joined.mp4")).map(\.pixels)
        #expect(try film == chunks.flatMap { try shots($0.file).map(\.pixels) })
        #expect(Set(film).count == film.count)
    }

    @Test func theSizeIsThatOfOneEncoding() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=128x96:r=30,noise=alls=12:allf=t -frames:v 1000 -c:v libx264 -crf 12 long.mp4")
        let source = scratch("long.mp4")
        let settings = EncoderSettings()
        try carry(source, to: scratch("whole.mp4"), settings: settings)
        try join(
            chunks(of: source, length: 250, in: scratch, settings: settings), source, as: scratch("joined.mp4"),
            settings: settings)
        let (whole, joined) = (
            Double(try scratch.bytes("whole.mp4").count), Double(try scratch.bytes("joined.mp4").count)
        )
        #expect(abs(joined / whole - 1) < 0.02, "\(joined) and \(whole)")
    }

    /// What is no chunk, or another, is an error, and no film of it appears.
    @Test func otherFilesAreNotJoined() async throws {
        let scratch = try Scratch()
        let source = try await Clips.make("aac.mp4", in: scratch)
        let chunks = try chunks(of: source, length: 15, in: scratch)
        func refuse(_ change: (inout [(file: FilePath, frames: Range<Int>, content: ChunkContent)]) throws -> Void)
            throws
        {
            var other = chunks
            try change(&other)
            let error = #expect(throws: MediaError.self) { try join(other, source, as: scratch("joined.mp4")) }
            #expect(error?.trouble == .badData, "\(String(describing: error))")
            #expect(!scratch.exists("joined.mp4") && !scratch.names.contains { $0.hasSuffix(".part") })
        }
        try refuse { $0[1].file = source }
        try refuse { chunks in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: chunks[1].file.string))
            try scratch.write("short.mp4", bytes.prefix(bytes.count / 2))
            chunks[1].file = scratch("short.mp4")
        }
        let short = try self.chunks(of: source, length: 14, in: scratch, prefix: "short")
        try refuse { $0[0].file = short[0].file }
        let other = try self.chunks(
            of: source, length: 15, in: scratch, settings: EncoderSettings(crf: 40), prefix: "other")
        try refuse { $0[1].file = other[1].file }
    }

    @Test func oneThatIsGivenUpLeavesNothing() async throws {
        let scratch = try Scratch()
        let source = try await Clips.make("aac.mp4", in: scratch)
        let reader = try VideoReader(source)
        let frame = reader.makeFrame()
        let before = scratch.names
        do {
            let writer = try ChunkWriter(
                scratch("chunk.mp4"), like: reader.information, width: frame.width, height: frame.height,
                settings: Self.settings)
            #expect(try reader.next(into: frame))
            try writer.write(frame)
            #expect(scratch.names.count == before.count + 1)
        }
        #expect(scratch.names == before)
    }
}
