import Machine
import Media
import Pipeline
import StyleKernel

/// What a painting will take, by a few frames of the clip that are painted, measured and encoded.
struct Forecast {
    let frames: Int
    let seconds: Double
    /// Bytes of memory, at most, and of the film's pictures.
    let memory, film: Int

    /// At one place of so many frames, and at as many places at most, so many are tried. Fewer frames tell no rate.
    private static let (spacing, mostPlaces, count) = (300, 4, 8)

    /// Nil for clips of one chunk, and where a trial would cost more than it tells: memory for a second encoder.
    /// - Throws: as for painting.
    init?(_ look: Look, _ workshop: Workshop) throws {
        let (score, frames) = (look.score, look.score.source.frames)
        // Where an index does not lead to a frame, all before it is decoded: then the first are tried.
        let isCertain = look.index.isCertain
        let places = min(isCertain ? Self.mostPlaces : 1, frames / Self.spacing)
        guard score.chunks.count > 1, places > 0 else { return nil }
        let trials = try (0..<places).map { place in
            let first = isCertain ? (2 * place + 1) * frames / (2 * places) - Self.count / 2 : 0
            return try workshop.tried(first..<first + Self.count, look)
        }
        func mean(_ figure: ((rate: Double, film: Int)) -> Double) -> Double {
            trials.reduce(0) { $0 + figure($1) } / Double(places)
        }
        self.frames = frames
        seconds = mean(\.rate) * Double(frames)
        film = Int(mean { Double($0.film) })
        memory = workshop.memory
    }

    /// - Parameter disk: bytes of the film with its sound.
    func sentence(disk: Int) -> String {
        "\(frames) frames will take about \(time), \(memory.mebibytes) of memory and \(disk.mebibytes) of disk"
    }

    private var time: String {
        let (whole, minutes) = (Int(seconds.rounded(.up)), Int((seconds / 60).rounded(.up)))
        if whole < 120 { return "\(whole) s" }
        return minutes < 120 ? "\(minutes) minutes" : "\((minutes + 59) / 60) hours"
    }
}

extension Workshop {
    /// Plays some frames of a score and leaves no trace of that.
    /// - Returns: seconds from one frame to the next, and about how many bytes a film of such frames takes.
    fileprivate func tried(_ frames: Range<Int>, _ look: Look) throws -> (rate: Double, film: Int) {
        let (score, clip) = (look.score, try reread(look))
        let trial = try EncodingTrial(
            like: source.information, width: clip.width, height: clip.height, settings: score.output.encoding)
        let moments = Monitor([ContinuousClock.Instant]())
        var attempt = run.attempt()
        attempt.progress = { _ in moments.withLock { $0.append(.now) } }
        _ = try play(frames, score, of: clip, into: trial, attempt)
        try trial.finish()
        meter?.startOver()
        _ = findings.take(frames)
        studio.network.stylizer.rest()
        let times = moments.value()
        let rate = (times[times.count - 1] - times[0]) / .seconds(1) / Double(times.count - 1)
        return (rate, trial.bytes(frames: score.source.frames, keys: score.keyFrames))
    }
}

extension Score {
    /// About how many of the film's frames are keys: where chunks and scenes begin.
    fileprivate var keyFrames: Int { Set(chunks.map(\.lowerBound) + scenes.map(\.frames.lowerBound)).count }
}

extension Int {
    /// Of bytes, rounded up.
    var mebibytes: String { "\((self + 1 << 20 - 1) >> 20) MiB" }
}

extension ClipInformation {
    /// What the sound takes, where the container says.
    var soundBytes: Int? {
        let sizes = streams.compactMap { stream -> Int? in
            guard stream.kind == .audio, let rate = stream.bitRate, let seconds = stream.duration?.seconds ?? duration
            else { return nil }
            return Int(min(max(0, Double(rate) / 8 * seconds), 0x1p50))  // a damaged file may say anything
        }
        return sizes.isEmpty ? nil : sizes.reduce(0, +)
    }
}
