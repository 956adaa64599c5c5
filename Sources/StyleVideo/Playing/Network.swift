import Imaging
import Machine
import Media
import Pipeline
import StyleKernel

/// The network with its weights and the threads that it computes on: what every way of painting needs first.
final class Network: Sendable {
    let stylizer: Stylizer
    let team: ThreadTeam
    /// The weights file that was read.
    let weights: String

    /// - Throws: `JobError` noWeights or otherPreset; `Shortage`, `SafeTensorsError`, `WeightsError`, `ResourceError`.
    init(_ settings: Settings, _ run: Run) throws {
        // With the weights, before anything is made for them.
        try Memory.checkAddresses(for: Self.bytesOfWeights, threads: run.threads, isClip: false)
        team = ThreadTeam(threads: run.threads)
        weights = try Network.weightsFile(settings, run)
        stylizer = try Stylizer(weights: weights, precision: settings.precision, team: team)
        let found = stylizer.configuration.preset
        if let asked = settings.preset, asked != found {
            throw JobError.otherPreset(file: weights, found: found.rawValue, asked: asked.rawValue)
        }
    }

    private static func weightsFile(_ settings: Settings, _ run: Run) throws -> String {
        if let weights = settings.weights { return weights }
        let preset = settings.preset ?? .fast
        guard preset == .fast else { throw JobError.noWeights(preset: preset.rawValue) }
        return try run.resource("stylekernel-fast.safetensors")
    }

    /// - Parameter shorterSide: that the picture is brought to.
    /// - Throws: `JobError` styleTooLarge; `Shortage`.
    func remember(_ style: Frame, shorterSide: Int) throws -> StyleTokens {
        let layout = StylePicture.layout(width: style.width, height: style.height, shorterSide: shorterSide)
        let needed = stylizer.bytes(styleWidth: layout.preparedWidth, styleHeight: layout.preparedHeight)
        if let available = Memory.available(), needed > available {
            throw JobError.styleTooLarge(
                width: layout.preparedWidth, height: layout.preparedHeight, needed: needed, available: available)
        }
        try Memory.checkAddresses(for: needed, threads: team.count, isClip: false)
        return stylizer.remember(style: StylePicture.prepare(style, shorterSide: shorterSide, team: team))
    }

    /// Refuses frames whose tensors would not fit into the memory that is free now.
    /// - Parameters:
    ///   - source: the size of a clip's own frames; nil for a still, which is in memory by now.
    ///   - more: bytes that measuring them takes.
    /// - Throws: `JobError` tooLarge; `Shortage`.
    func checkMemory(
        width: Int, height: Int, format: PixelFormat = .rgb24, source: (width: Int, height: Int)? = nil,
        _ steady: Steadiness = .off, _ demand: Hand.Demand = .init(), beside more: Int = 0
    ) throws {
        let needed = memoryNeeded(
            width: width, height: height, format: format, source: source, steady, demand, beside: more)
        if let available = Memory.available(), needed > available {
            throw JobError.tooLarge(width: width, height: height, needed: needed, available: available)
        }
        try Memory.checkAddresses(for: needed, threads: team.count, isClip: source != nil)
    }

    func checkMemory(
        for clip: WorkingClip, _ meter: SteadinessMeter?, _ steady: Steadiness, _ demand: Hand.Demand = .init(),
        beside more: Int = 0
    ) throws {
        try checkMemory(
            width: clip.width, height: clip.height, format: clip.format, source: clip.reader.size, steady, demand,
            beside: more + meter.bytes(for: clip) + clip.bytesOfOpacity(steady))
    }

    /// The cache that a clip's job gets: none where that does not fit into the memory that is free now.
    /// - Parameter available: bytes; nil where that is not known.
    func cache(
        _ asked: Cache, for clip: WorkingClip, _ meter: SteadinessMeter?, _ steady: Steadiness,
        _ demand: Hand.Demand = .init(), _ notices: Notices, available: Int? = Memory.available()
    ) -> Cache {
        // What masks bring into view moves, and they keep nothing.
        guard asked == .exact, demand.regions == 0 else { return .off }
        let needed = memoryNeeded(
            width: clip.width, height: clip.height, format: clip.format, source: clip.reader.size, steady, demand,
            beside: meter.bytes(for: clip) + clip.bytesOfOpacity(steady), cache: .exact)
        guard needed <= available ?? .max else {
            notices.add(["with its cache the job needs about \(needed >> 20) MiB of memory, so it runs without"])
            return .off
        }
        do {
            try Memory.checkAddresses(for: needed, threads: team.count, isClip: true)
            return .exact
        } catch {
            notices.add(["with its cache the job would meet a limit of this process, so it runs without: \(error)"])
            return .off
        }
    }

    /// About how many bytes painting frames of a size will take, beside what is taken by now: each part answers for
    /// itself.
    func memoryNeeded(
        width: Int, height: Int, format: PixelFormat = .rgb24, source: (width: Int, height: Int)? = nil,
        _ steady: Steadiness = .off, _ demand: Hand.Demand = .init(), beside more: Int = 0, cache: Cache = .off
    ) -> Int {
        let network = stylizer.bytes(
            for: demand, width: width, height: height, format: format, source: source ?? (width, height), cache: cache)
        let pixels = width * height
        guard let source else { return network + pixels * PictureFile.bytesPerPixel }
        let frames = pixels * Line.mostFrames(steady.reaches) * format.bytesPerPixel
        let (read, written) = (VideoReader.bytesPerPixel(format), VideoWriter.bytesPerPixel(format))
        let media = pixels * written + source.width * source.height * read
        return network + more + frames + media + steady.bytes(width: width, height: height, format: format)
    }

    /// Of `fast`'s weights as they are in the file, as floats, and packed: at most. Asked for before any is read.
    private static let bytesOfWeights = 100 << 20
}

extension Stylizer {
    /// Bytes of painting as a hand demands at most.
    fileprivate func bytes(
        for demand: Hand.Demand, width: Int, height: Int, format: PixelFormat, source: (width: Int, height: Int),
        cache: Cache
    ) -> Int {
        let brushes = demand.brushes.map {
            Brush.bytes(
                self, size: $0, width: width, height: height, format: format, styles: demand.styles,
                strength: demand.strength, cache: cache)
        }
        let whole = brushes.reduce(0, +)
        guard demand.regions > 0 else { return whole }
        // Each mask has a reader and a resampler of its own, one that covers less, and one at a brush's size with what
        // brings it there.
        let pixels = width * height
        let masks =
            demand.regions
            * (MaskClip.bytes(
                sourceWidth: source.width, sourceHeight: source.height, width: width, height: height) + 2 * pixels)
        let layers = demand.brushes.map { size in
            let other = Brush.otherSize(size, width: width, height: height)
            func layers(_ size: (width: Int, height: Int)) -> Int {
                bytes(
                    width: size.width, height: size.height, format: format, masks: demand.regions,
                    styles: demand.styles, strength: demand.strength)
            }
            guard size != 1 else { return layers((width, height)) }
            let fitting = demand.regions * (12 * pixels + 8 * other.width * other.height)
            return layers(other) + (size > 1 ? layers((width, height)) : 0) + fitting
        }
        return max(whole, layers.reduce(0, +)) + masks + Layers.bytes(width: width, height: height)
    }
}
