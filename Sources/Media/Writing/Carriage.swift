/// What becomes of a clip's sound.
public enum SoundChoice: String, Sendable, Hashable, CaseIterable, Codable {
    /// Tracks are copied where the container holds them and its players know them, else encoded.
    case copy
    /// Tracks that are not AAC are encoded.
    case aac
    case none
}

/// What becomes of a clip's subtitles: text that the container holds in another form only is written in that.
public enum SubtitleChoice: String, Sendable, Hashable, CaseIterable, Codable { case copy, none }

/// What is carried over beside the pictures.
public struct Carriage: Sendable {
    public var sound: SoundChoice
    public var subtitles: SubtitleChoice

    public init(sound: SoundChoice = .copy, subtitles: SubtitleChoice = .copy) {
        (self.sound, self.subtitles) = (sound, subtitles)
    }
}
