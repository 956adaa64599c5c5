public import Imaging
import Media
public import StyleKernel
public import SystemPackage
public import Tensors
internal import Weights

/// The network with its weights and a style picture that it has looked at: what every way of painting needs first.
public final class Painter: Sendable {
    public let settings: Settings
    public let stylizer: Stylizer
    public let tokens: StyleTokens
    public let team: ThreadTeam
    /// The weights file that was read.
    public let weights: String
    /// Seconds that the style picture took.
    public let styleSeconds: Double

    /// - Parameter style: the style picture, as it is; it is prepared here.
    /// - Throws: `JobError` noWeights or otherPreset; `SafeTensorsError`, `WeightsError`, `ResourceError`.
    public init(settings: Settings, style: Frame) throws {
        self.settings = settings
        team = ThreadTeam(threads: settings.threads)
        weights = try Painter.weightsFile(settings)
        stylizer = try Stylizer(weights: weights, team: team)
        let found = stylizer.configuration.preset
        if let asked = settings.preset, asked != found {
            throw JobError.otherPreset(file: weights, found: found.rawValue, asked: asked.rawValue)
        }
        let start = ContinuousClock.now
        tokens = stylizer.remember(style: StylePicture.prepare(style, shorterSide: settings.styleSize, team: team))
        styleSeconds = seconds(since: start)
    }

    /// - Parameter style: the style picture's file.
    /// - Throws: besides what the other initialiser throws, `MediaError` where the picture cannot be read.
    public convenience init(settings: Settings, style: FilePath) throws {
        // A missing preset is told before a large picture is decoded.
        _ = try Painter.weightsFile(settings)
        try self.init(settings: settings, style: PictureFile.read(style))
    }

    private static func weightsFile(_ settings: Settings) throws -> String {
        if let weights = settings.weights { return weights }
        let preset = settings.preset ?? .fast
        guard preset == .fast else { throw JobError.noWeights(preset: preset.rawValue) }
        return try Resources.path(of: "stylekernel-fast.safetensors")
    }

    /// Refuses frames whose tensors would not fit into the memory that is free now.
    /// - Throws: `JobError` tooLarge.
    public func checkMemory(width: Int, height: Int) throws {
        let padded = stylizer.paddedSize(width: width, height: height)
        let needed = padded.width * padded.height * Self.bytesPerPixel(stylizer.configuration.preset)
        guard let available = Memory.available, needed > available else { return }
        throw JobError.tooLarge(width: width, height: height, needed: needed, available: available)
    }

    /// What painting takes for a pixel of the frame, with the frames that wait in queues and the encoder's.
    private static func bytesPerPixel(_ preset: Configuration.Preset) -> Int { preset == .fast ? 400 : 2400 }
}

/// A second count since a moment.
func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start).inSeconds }

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
