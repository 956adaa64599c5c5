import Media

/// What painting a still or a preview has done, as `--json` prints it.
public struct StillReport: Sendable, Codable {
    static let extensions = PictureFile.Format.endings

    public var schema = 1
    public var input: String
    /// The first style picture, and all of them where they are several.
    public var style: String
    public var styles: [String]?
    public var output: String
    public var width: Int
    public var height: Int
    /// Of a preview: the frame's number and moment in seconds.
    public var frame: Int?
    public var moment: Double?
    /// Of a preview in motion: how many frames, and how steady they are.
    public var frames: Int?
    public var temporalLPIPS: TemporalReport?
    public var notices: [String] = []
    public var seconds: Double
    public var settings: SettingsReport
    public var versions: [String: String]
}
